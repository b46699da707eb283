import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parseDuration, UserError } from '@mayfly/core'
import type { Reach } from '@mayfly/environment'
import { parseDomain, parseLimits, parseRegistry } from '@mayfly/pipeline'

/** The command line, read and checked. */
export interface Options {
  positionals: string[]
  directory: string
  name: string | undefined
  host: string | undefined
  reach: Reach
  file: string | undefined
  profiles: string[]
  /** Values of the variables that were named with --env. */
  env: Record<string, string>
  registry: string | undefined
  ttl: number | undefined
  timeout: number
  json: boolean
  dryRun: boolean
  verbose: boolean
  follow: boolean
  tail: number
  environment: Readonly<Record<string, string | undefined>>
}

export function parseOptions(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): Options {
  const { values, positionals } = parse(argv)
  const tls = values.tls ?? 'auto'
  if (tls !== 'auto' && tls !== 'internal' && tls !== 'off')
    throw new UserError(`--tls is "${tls}".`, { cure: 'Write auto, internal or off.' })
  const tail = Number(values.tail ?? '100')
  if (!Number.isInteger(tail) || tail < 0)
    throw new UserError(`--tail is "${values.tail}".`, { cure: 'Write a number of lines.' })
  return {
    positionals,
    directory: resolve(values.directory ?? '.'),
    name: values.name,
    host: values.host,
    reach: {
      ...parseDomain(values.domain ?? 'localhost', tls, '--domain'),
      limits: parseLimits((values.limits ?? '').split(/[\s,]+/).filter(Boolean), '--limits'),
    },
    file: values.file,
    profiles: values.profile ?? [],
    env: variables(values.env ?? [], environment),
    registry: values.registry === undefined ? undefined : parseRegistry(values.registry, '--registry'),
    ttl: values.ttl === undefined || values.ttl === 'never' ? undefined : parseDuration(values.ttl, '--ttl'),
    timeout: parseDuration(values.timeout ?? '5m', '--timeout'),
    json: values.json ?? false,
    dryRun: values['dry-run'] ?? false,
    verbose: values.verbose ?? false,
    follow: values.follow ?? false,
    tail,
    environment,
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        directory: { type: 'string', short: 'C' },
        name: { type: 'string', short: 'n' },
        host: { type: 'string', short: 'H' },
        domain: { type: 'string' },
        tls: { type: 'string' },
        file: { type: 'string', short: 'f' },
        profile: { type: 'string', multiple: true },
        env: { type: 'string', multiple: true },
        registry: { type: 'string' },
        limits: { type: 'string' },
        ttl: { type: 'string' },
        timeout: { type: 'string' },
        tail: { type: 'string' },
        json: { type: 'boolean' },
        'dry-run': { type: 'boolean' },
        verbose: { type: 'boolean', short: 'v' },
        follow: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error), { cure: 'See mayfly help.', cause: error })
  }
}

function variables(names: readonly string[], environment: Options['environment']): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const value = environment[name]
      if (value === undefined) throw new UserError(`--env names ${name}, which is not set.`)
      return [name, value]
    }),
  )
}
