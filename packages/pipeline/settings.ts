import { parseBytes, UserError } from '@mayfly/core'
import type { EngineAddress } from '@mayfly/engine'
import type { Reach } from '@mayfly/environment'
import type { Limits } from '@mayfly/project'

/** What a user decides, already checked. */
export interface Settings {
  engine: EngineAddress
  reach: Reach
  composeFile: string | undefined
  profiles: string[]
  /** Variables that the Compose file may interpolate, with their values. */
  env: Readonly<Record<string, string>>
  /** Where images are pushed, such as `ghcr.io/acme/shop`; undefined: the engine's own store. */
  registry: string | undefined
  /** Milliseconds; undefined: never expires. */
  ttl: number | undefined
  /** Only pull requests with this label get a preview. */
  label: string | undefined
  /** GitHub's environment name for deployments. */
  environmentName: string
  /** Milliseconds that services may take to get healthy. */
  timeout: number
  dryRun: boolean
  /** PEM of the private key that signs provenance; undefined: it is not signed. */
  signingKey: string | undefined
  token: string
}

export const DEFAULT_LIMITS: Limits = { memory: 1024 ** 3, cpus: 1, pids: 512 }

/** Reads `memory=512m cpus=0.5 pids=256` (any of them, any order). */
export function parseLimits(items: readonly string[], field: string): Limits {
  const limits = { ...DEFAULT_LIMITS }
  for (const item of items) {
    const [name, value = ''] = item.split('=')
    if (name === 'memory') limits.memory = parseBytes(value, `${field}: memory`)
    else if (name === 'cpus' && Number(value) > 0) limits.cpus = Number(value)
    else if (name === 'pids' && Number.isInteger(Number(value)) && Number(value) > 0) limits.pids = Number(value)
    else throw new UserError(`${field} holds "${item}".`, { cure: 'Write, for example: memory=512m cpus=0.5 pids=256.' })
  }
  return limits
}

/**
 * Reads `preview.example.com` or `localhost:8080`. A local name (`localhost`, `*.localhost`, `*.test`) is served
 * over plain HTTP; any other gets certificates.
 */
export function parseDomain(
  text: string,
  tls: 'auto' | 'internal' | 'off',
  field: string,
): Pick<Reach, 'domain' | 'listen' | 'tls'> {
  const match = /^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)(?::(\d+))?$/i.exec(text)
  const domain = match?.[1]?.toLowerCase() ?? ''
  const port = match?.[2] === undefined ? undefined : Number(match[2])
  if (domain === '' || domain.length > 180 || (port !== undefined && (port < 1 || port > 65535))) {
    throw new UserError(`${field} is "${text}", which is not a domain.`, {
      cure: 'Write preview.example.com, localhost or localhost:8080.',
    })
  }
  const local = /(^|\.)(localhost|test)$/.test(domain)
  const served = tls === 'auto' && local ? 'off' : tls
  return { domain, tls: served, listen: port ?? (served === 'off' ? 80 : 443) }
}

/** Reads `owner/name`-shaped registry prefixes: no scheme, no tag, lower case. */
export function parseRegistry(text: string, field: string): string {
  const trimmed = text.replace(/\/+$/, '')
  if (!/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*$/.test(trimmed)) {
    throw new UserError(`${field} is "${text}".`, {
      cure: 'Write host/path in lower case, without https:// and without a tag, such as ghcr.io/acme/shop.',
    })
  }
  return trimmed
}
