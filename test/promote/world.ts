import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, LABEL, type Log, silent } from '@mayfly/core'
import { connectEngine, type Engine, observeImages } from '@mayfly/engine'
import { type Deployed, deploy, namedTarget, ownerOf, previewTarget, removeEnvironment, type Target } from '@mayfly/environment'
import { checkoutRevision, DEFAULT_LIMITS, type Promotion, preparePromotion, promote } from '@mayfly/pipeline'
import { loadProject, type Placed } from '@mayfly/project'

/** A repository of one service, its images, and environments on the real engine. No GitHub, and no build but the one asked for. */
export interface World {
  engine: Engine
  owner: string
  target(name: string): Target
  url(name: string): string
  /** Commits the project and builds its image; `text` is what it answers. */
  commit(text: string, more?: Partial<Version>): Promise<Built>
  preview(number: number, built: Built): Promise<Deployed>
  promotion(to: string, sources: Promotion['sources'], more?: Partial<Promotion>): Promotion
  promote(to: string, sources: Promotion['sources'], more?: Partial<Promotion>): Promise<Deployed>
  docker(...args: string[]): Promise<string>
  close(): Promise<void>
}

export interface Version {
  /** Whether its health check ever passes. */
  healthy: boolean
  networks: string[]
  volumes: string[]
}

export interface Built {
  revision: string
  placed: Placed[]
}

const SERVER =
  "setTimeout(()=>require('http').createServer((q,r)=>r.end(process.env.TEXT)).listen(3000),200);process.on('SIGTERM',()=>process.exit(0))"

export async function startWorld(name: string, listen: number): Promise<World> {
  const engine = await connectEngine({ host: undefined }, process.env)
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-promote-'))
  const repository = `acme/${name}${process.pid}`
  const [root, clones] = [join(folder, 'origin'), join(folder, 'clones')]
  const reach = { domain: 'localhost', listen, tls: 'off', limits: DEFAULT_LIMITS } as const
  const owner = ownerOf('test.invalid', repository)
  const environment = process.env
  const run = async (...argv: [string, ...string[]]) => {
    const result = await command(argv, { env: { PATH: environment.PATH ?? '', HOME: folder } })
    if (result.code !== 0) throw new Error(`${argv.join(' ')}: ${result.stderr}`)
    return result.stdout.trim()
  }
  await Promise.all([mkdir(root), mkdir(clones)])
  await run('git', '-C', root, 'init', '--quiet')
  const target = (called: string) => {
    const number = /^pr-(\d+)$/.exec(called)?.[1]
    if (number !== undefined) return previewTarget('test.invalid', repository, Number(number), reach)
    return namedTarget('test.invalid', repository, called, reach)
  }
  const touched = new Set<string>()
  const checkout = (revision: string, pullRequest: number | undefined) => {
    const url = `file://${root}`
    const place = { workspace: join(folder, 'none'), temp: clones, serverUrl: url, url, repository, token: '' }
    return checkoutRevision({ ...place, revision, pullRequest, environment, log: silent })
  }
  const world: World = {
    engine,
    owner,
    target,
    url: (called) => `http://${target(called).id}.localhost:${listen}/`,
    commit: async (text, more = {}) => {
      const version = { healthy: true, networks: ['default'], volumes: ['data'], ...more }
      await writeFile(join(root, 'compose.yaml'), JSON.stringify(composeOf(version)))
      await writeFile(join(root, 'Dockerfile'), dockerfileOf(text, owner, name))
      await run('git', '-C', root, 'add', '.')
      await run('git', '-C', root, '-c', 'user.name=a', '-c', 'user.email=a@example.test', 'commit', '-qm', text, '--allow-empty')
      const revision = await run('git', '-C', root, 'rev-parse', 'HEAD')
      const tag = `mayfly-test/${name}${process.pid}:${revision.slice(0, 12)}`
      await run('docker', 'build', '--quiet', '--label', `${LABEL.revision}=${revision}`, '--tag', tag, root)
      const id = await run('docker', 'image', 'inspect', '--format', '{{.Id}}', tag)
      return {
        revision,
        placed: [{ service: 'web', reference: id, name: `web@1.0.0-${text}`, revision, key: id, ports: [3000] }],
      }
    },
    preview: async (number, { revision, placed }) => {
      touched.add(`pr-${number}`)
      const { root: place } = await checkout(revision, undefined)
      const project = await loadProject({ root: place, env: {}, path: environment.PATH, log: silent })
      const common = { revision, project, placed, run: 'https://run.test/1', timeout: 30_000, log: silent }
      return deploy(engine, { ...common, target: target(`pr-${number}`), ttl: 3_600_000, current: async () => true })
    },
    promotion: (to, sources, more = {}) => ({
      target: target(to),
      repository: { server: 'test.invalid', name: repository },
      sources,
      revision: undefined,
      checkout,
      read: { env: {}, path: environment.PATH },
      requireTested: false,
      means: {},
      timeout: 30_000,
      run: 'https://run.test/2',
      by: 'mona',
      log: silent,
      ...more,
    }),
    promote: async (to, sources, more) => {
      touched.add(to)
      const promotion = world.promotion(to, sources, more)
      return promote(engine, promotion, await preparePromotion(engine, promotion))
    },
    docker: (...args) => run('docker', ...args),
    close: async () => {
      for (const called of touched) await removeEnvironment(engine, owner, target(called).id, silent)
      for (const { id } of await observeImages(engine, owner)) await run('docker', 'image', 'rm', '--force', id)
      await engine.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return world
}

function composeOf({ healthy, networks, volumes }: Version): unknown {
  const check = healthy
    ? { test: ['CMD', 'node', '-e', "fetch('http://127.0.0.1:3000').catch(()=>process.exit(1))"], start_period: '20s' }
    : { test: ['CMD', 'false'], start_period: '100ms', interval: '200ms', retries: 1 }
  return {
    services: {
      web: {
        build: '.',
        expose: ['3000'],
        networks,
        volumes: volumes.map((volume) => `${volume}:/${volume}`),
        healthcheck: check,
      },
    },
    networks: Object.fromEntries(networks.map((network) => [network, {}])),
    volumes: Object.fromEntries(volumes.map((volume) => [volume, {}])),
  }
}

/** Labelled as Mayfly labels what it builds for pull request 1. */
function dockerfileOf(text: string, owner: string, name: string): string {
  const madeFor = `acme-${name}${process.pid}-pr-1`
  const labels = { [LABEL.owner]: owner, [LABEL.environment]: madeFor, [LABEL.pullRequest]: '1' }
  return [
    'FROM node:24-slim',
    `LABEL ${Object.entries(labels)
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      .join(' ')}`,
    `ENV TEXT=${JSON.stringify(text)}`,
    `CMD ["node", "-e", ${JSON.stringify(SERVER)}]`,
    '',
  ].join('\n')
}

/** A log that calls back for each sentence. */
export function watching(saw: (message: string) => void): Log {
  return { ...silent, info: saw, warn: saw }
}
