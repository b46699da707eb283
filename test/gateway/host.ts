import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { hostName, LABEL, type Log, silent } from '@mayfly/core'
import { connectEngine, createNetwork, docker, type Engine, observe, remove } from '@mayfly/engine'
import { type Gateway, HOST_GATEWAY, removeGateway } from '@mayfly/gateway'

const MODULES = join(import.meta.dirname, '..', '..', 'node_modules')

export interface Wanted {
  environment: string
  service: string
  /** More labels, or other ones than those of a service that is reached by its own name. */
  labels?: Record<string, string>
}

/** A host of the tests' own: a second gateway beside the machine's, and services with labels made by hand. */
export interface TestHost {
  engine: Engine
  gateway: Gateway
  owner: string
  /** A plain port of the host that nobody else uses. */
  listen: number
  log: Log
  /** What was warned of. */
  warnings: string[]
  /** An id that no other test run has. */
  id(name: string): string
  /** Starts a container of service.ts and returns its name. */
  start(wanted: Wanted): Promise<string>
  /** Removes everything of one environment. */
  end(environment: string): Promise<void>
  close(): Promise<void>
}

/** Another Caddy than the host's, to see whether a new release takes our configuration as well. */
const image = process.env.MAYFLY_TEST_GATEWAY_IMAGE ?? HOST_GATEWAY.image

export async function openTestHost(name: string): Promise<TestHost> {
  const engine = await connectEngine({ host: undefined }, process.env)
  const prefix = `gateway-${name}-${process.pid}`
  const owner = `test/gateway/${prefix}`
  const [listen, redirectFrom] = [await freePort(), await freePort()]
  const gateway = { container: `mayfly-${prefix}`, image, redirectFrom }
  const warnings: string[] = []
  let count = 0
  const host: TestHost = {
    engine,
    gateway,
    owner,
    listen,
    warnings,
    log: { ...silent, warn: (message) => void warnings.push(message) },
    id: (name) => `${prefix}-${name}-pr-1`,
    start: async ({ environment, service, labels = {} }) => {
      const network = `${environment}_default`
      const own = { [LABEL.owner]: owner, [LABEL.environment]: environment, [LABEL.gateway]: gateway.container }
      await createNetwork(engine, { name: network, labels: own, members: 4, internal: false })
      const all: Record<string, string> = {
        ...own,
        [LABEL.role]: 'service',
        [LABEL.service]: service,
        [LABEL.hosts]: hostName(environment, 'localhost', service),
        [LABEL.port]: '8080',
        [LABEL.tls]: 'off',
        [LABEL.listen]: String(listen),
        ...labels,
      }
      const container = `${environment}-${service}-${++count}`
      await run(engine, [
        ...['run', '--detach', '--name', container, '--network', network, '--env', `SERVICE=${service}`],
        ...Object.entries(all).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
        ...['--volume', `${join(import.meta.dirname, 'service.ts')}:/srv/service.ts:ro`],
        ...['--volume', `${join(MODULES, 'ws')}:/srv/node_modules/ws:ro`],
        ...['node:24-slim', 'node', '/srv/service.ts'],
      ])
      return container
    },
    end: async (environment) => remove(engine, await observe(engine, { owner, environment })),
    close: async () => {
      await remove(engine, await observe(engine, { owner }))
      await removeGateway(engine, gateway)
      await engine.close()
    },
  }
  return host
}

/** Runs a docker command that must succeed; returns what it printed. */
export async function run(engine: Engine, args: readonly string[]): Promise<string> {
  const result = await docker(engine, args)
  assert.equal(result.code, 0, result.stderr)
  return result.stdout.trim()
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
