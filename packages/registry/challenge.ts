/** What a registry wants to know of its callers (RFC 9110, 11.6.1; distribution, token authentication). */
export interface Challenge {
  scheme: 'basic' | 'bearer'
  /** By name in lower case, such as `realm` and `service`. */
  parameters: Record<string, string>
}

/**
 * Reads WWW-Authenticate. Where a registry offers several schemes Bearer is taken: a token is for less than a password.
 * Undefined where it offers neither.
 */
export function readChallenge(header: string): Challenge | undefined {
  const found = [...header.matchAll(/(?:^|,)\s*(basic|bearer)\b((?:\s*,?\s*[a-z_]+="[^"]*")*)/gi)].map(
    ([, scheme = '', parameters = '']): Challenge => ({
      scheme: scheme.toLowerCase() === 'bearer' ? 'bearer' : 'basic',
      parameters: Object.fromEntries(
        [...parameters.matchAll(/([a-z_]+)="([^"]*)"/gi)].map(([, name = '', value = '']) => [name.toLowerCase(), value]),
      ),
    }),
  )
  return found.find(({ scheme }) => scheme === 'bearer') ?? found[0]
}
