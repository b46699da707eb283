import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
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
  /** Each --host, for commands that look at several. */
  hosts: readonly string[]
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
  /** Versions from the commits since the last release. */
  auto: boolean
  /** Set tags right. */
  repair: boolean
  /** Another environment: `staging`, `pr-12`. */
  from: string | undefined
  /** How far back. */
  to: string | undefined
  /** A file that holds the output `artifacts` of a build. */
  artifacts: string | undefined
  /** The commit whose Compose file describes an environment. */
  revision: string | undefined
  requireTested: boolean
  /** Files of public keys (PEM). */
  trust: string[]
  tail: number
  /** Milliseconds that something is watched. */
  for: number
  /** Memory instead of time. */
  heap: boolean
  /** Where something is written. */
  output: string | undefined
  environment: Readonly<Record<string, string | undefined>>
  /** The functions' runtime, shipped beside the command; undefined where Mayfly runs from its sources. */
  runtime: string | undefined
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
    host: values.host?.[0],
    hosts: values.host ?? [],
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
    auto: values.auto ?? false,
    repair: values.repair ?? false,
    from: values.from,
    to: values.to,
    artifacts: values.artifacts,
    revision: values.revision,
    requireTested: values['require-tested'] ?? false,
    trust: values.trust ?? [],
    tail,
    for: parseDuration(values.for ?? '30s', '--for'),
    heap: values.heap ?? false,
    output: values.output,
    environment,
    runtime: shippedRuntime(),
  }
}

function shippedRuntime(): string | undefined {
  const path = join(import.meta.dirname, 'runtime.mjs')
  return existsSync(path) ? path : undefined
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        directory: { type: 'string', short: 'C' },
        name: { type: 'string', short: 'n' },
        host: { type: 'string', short: 'H', multiple: true },
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
        auto: { type: 'boolean' },
        repair: { type: 'boolean' },
        for: { type: 'string' },
        heap: { type: 'boolean' },
        output: { type: 'string', short: 'o' },
        from: { type: 'string' },
        to: { type: 'string' },
        artifacts: { type: 'string' },
        revision: { type: 'string' },
        'require-tested': { type: 'boolean' },
        trust: { type: 'string', multiple: true },
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
