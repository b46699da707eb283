import { randomUUID } from 'node:crypto'
import type { Made } from '@mayfly/attestation'
import { LABEL, OCI, silent } from '@mayfly/core'
import { connectEngine, docker, type Engine } from '@mayfly/engine'
import { labelsOf, namedTarget, previewTarget, type Reason, recordLabels, recordName, type Target } from '@mayfly/environment'
import { claim, type Entry } from '@mayfly/ledger'
import { tar } from '@mayfly/oci'
import type { Placed } from '@mayfly/project'
import { openRegistry } from '@mayfly/registry'
import type { Tracing } from '@mayfly/release'
import { ENVIRONMENT, makePlace, type Place } from '../ledger/place.ts'
import { type RunningRegistry, startRegistry } from '../registry/registry.ts'

/** What images hold: next to nothing. */
const CONTENT = tar([{ path: 'a', kind: 'file', bytes: Buffer.from('a') }], 0)
const LIMITS = { memory: 64 * 1024 * 1024, cpus: 1, pids: 64 }

/** An artifact as it was built: in the registry and in the engine. */
export interface Built {
  name: string
  /** Of its manifest. */
  digest: string
  reference: string
  /** The commit that it was built from. */
  revision: string
}

/** A repository with a ledger, a real registry, and environments on the real engine; all of it is gone after `close`. */
export interface World {
  place: Place
  registry: RunningRegistry
  engine: Engine
  owner: string
  /** With its host. */
  repository: string
  tracing: Tracing
  build(version: string, revision: string, labels?: Readonly<Record<string, string>>): Promise<Built>
  /** Something that can be started, in the engine alone. */
  buildHere(version: string, revision: string): Promise<Built>
  release(built: Built, version: string, revision: string, changes?: Partial<Entry>): Promise<Entry>
  /** Starts a container of it as a deployment would, and writes the record. */
  deploy(environment: string, built: Built, more?: Deployment): Promise<string>
  /** Removes an environment with its records. */
  forget(id: string): Promise<void>
  docker(...args: string[]): Promise<string>
  close(): Promise<void>
}

export interface Deployment {
  /** What the container runs, where that is not what is recorded. */
  image?: string
  name?: string
  /** It is started with this; otherwise the container is only made. */
  command?: readonly string[]
  at?: Date
  reason?: Reason
  pullRequest?: number
}

/** @param of whose the environments are, of a checkout; by default somebody's whom nobody else is. */
export async function startWorld(of?: (checkout: string) => { server: string; name: string }): Promise<World> {
  const [place, registry] = await Promise.all([makePlace(), startRegistry()])
  const engine = await connectEngine({ host: undefined }, process.env)
  const slug = `trace${process.pid}x${randomUUID().slice(0, 4)}`
  const whose = of?.(place.checkout) ?? { server: 'test.invalid', name: `acme/${slug}` }
  const owner = `${whose.server}/${whose.name}`.toLowerCase()
  const repository = `${registry.host}/acme/shop/web`
  const connection = openRegistry({ host: registry.host, credentials: async () => undefined, log: silent, pause: 5 })
  const others = new Map([[registry.host, connection]])
  const run = async (args: string[], input?: string | Buffer) => {
    const { code, stdout, stderr } = await docker(engine, args, input === undefined ? {} : { input })
    if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`)
    return stdout.trim()
  }
  const target = (name: string): Target => {
    const reach = { domain: 'localhost', listen: 80, tls: 'off', limits: LIMITS } as const
    const number = /^pr-(\d+)$/.exec(name)?.[1]
    return number === undefined
      ? namedTarget(whose.server, whose.name, name, reach)
      : previewTarget(whose.server, whose.name, Number(number), reach)
  }
  return {
    place,
    registry,
    engine,
    owner,
    repository,
    tracing: {
      ledger: place.ledger(),
      registries: (host) => {
        const found = others.get(host) ?? openRegistry({ host, credentials: async () => undefined, log: silent, pause: 5 })
        others.set(host, found)
        return found
      },
      hosts: [{ name: 'here', engine }],
      owner,
      directory: place.checkout,
      environment: ENVIRONMENT,
      log: silent,
    },
    build: async (version, revision, more = {}) => {
      const name = `shop/web@${version}`
      const labels = {
        [LABEL.owner]: owner,
        [LABEL.artifact]: name,
        [LABEL.revision]: revision,
        [OCI.revision]: revision,
        [OCI.version]: version,
        ...more,
      }
      const changes = Object.entries(labels).flatMap(([key, value]) => ['--change', `LABEL ${key}=${quoted(value)}`])
      const tag = `${repository}:${version}`
      await run(['import', '--change', 'CMD ["none"]', ...changes, '-', tag], CONTENT)
      await run(['push', '--quiet', tag])
      const [reference = ''] = JSON.parse(await run(['image', 'inspect', '--format', '{{json .RepoDigests}}', tag]))
      return { name, digest: reference.slice(reference.indexOf('@') + 1), reference, revision }
    },
    buildHere: async (version, revision) => {
      const dockerfile = `FROM debian:trixie-slim\nLABEL ${LABEL.owner}=${owner} built=${revision}\n`
      const id = await run(['build', '--quiet', '-'], dockerfile)
      return { name: `shop/web@${version}`, digest: id, reference: id, revision }
    },
    release: async ({ digest }, version, revision, changes = {}) => {
      const entry = place.entry({ name: 'web', version, digest, repository, revision, ...changes })
      const { won } = await claim(place.ledger(), entry)
      if (!won) throw new Error(`${version} is taken`)
      return entry
    },
    deploy: async (called, built, more = {}) => {
      const at = more.at ?? new Date()
      const placed: Placed = {
        service: 'web',
        reference: built.reference,
        name: more.name ?? built.name,
        revision: built.revision,
        key: 'k',
        ports: [],
      }
      const to = target(called)
      const labels = { ...labelsOf(to), [LABEL.role]: 'service', [LABEL.service]: 'web' }
      const own = { ...labels, [LABEL.artifact]: placed.name, [LABEL.revision]: placed.revision }
      const name = `${to.id}-web-1`
      await docker(engine, ['rm', '--force', name])
      const start = more.command === undefined ? ['create'] : ['run', '--detach', '--network', 'none']
      await run([...start, '--name', name, ...flags(own), more.image ?? built.reference, ...(more.command ?? [])])
      const record = recordLabels(to, {
        revision: built.revision,
        deployedAt: at,
        ttl: undefined,
        run: 'https://run.test/1',
        reason: more.reason ?? 'deploy',
        by: 'mona',
        pullRequest: more.pullRequest,
        placed: [placed],
        model: undefined,
        networks: undefined,
      })
      await run(['volume', 'create', ...flags(record), recordName(to, at)])
      return to.id
    },
    forget: async (id) => {
      await run(['rm', '--force', `${id}-web-1`])
      const volumes = await run(['volume', 'ls', '--quiet', '--filter', `label=${LABEL.environment}=${id}`])
      await run(['volume', 'rm', ...volumes.split('\n')])
    },
    docker: (...args) => run(args),
    close: async () => {
      const mine = ['--filter', `label=${LABEL.owner}=${owner}`]
      for (const kind of ['container', 'volume'] as const) {
        const found = (await run([kind, 'ls', ...(kind === 'container' ? ['--all'] : []), '--quiet', ...mine])).split('\n')
        if (found[0]) await run([kind, 'rm', '--force', ...found])
      }
      const images = [...new Set((await run(['images', '--quiet', ...mine])).split('\n'))]
      if (images[0]) await run(['rmi', '--force', ...images])
      await engine.close()
      await registry.stop()
      await place[Symbol.asyncDispose]()
    },
  }
}

function flags(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`])
}

/** What attestations are made of. */
export function made(built: Built, world: World): Made {
  return {
    name: 'shop/web',
    version: '1.0.0',
    digest: built.digest,
    repository: world.repository,
    source: 'https://test.invalid/acme/shop',
    revision: built.revision,
    committedAt: new Date('2026-11-01T12:00:00Z'),
    key: 'k',
    base: undefined,
    kind: 'build',
    runUrl: 'https://run.test/7',
    parameters: {},
  }
}

/** As a Dockerfile's quotes have it: everything but these stands for itself. */
function quoted(text: string): string {
  return `"${text.replace(/["\\$]/g, '\\$&')}"`
}
