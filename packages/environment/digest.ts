/** `sha256:...`, wherever it stands in a reference; empty where there is none. */
export function digestIn(reference: string): string {
  return /sha256:[0-9a-f]{64}/.exec(reference)?.[0] ?? ''
}
