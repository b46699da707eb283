import { registriesOf } from '@mayfly/artifact'
import { describeError, type Log } from '@mayfly/core'
import { ownerOf } from '@mayfly/environment'
import type { TracedHost, Tracing } from '@mayfly/release'
import type { Options } from './options.ts'
import { terminalLog } from './terminal.ts'
import { ledgerOf, repositoryOf, withEngine } from './where.ts'

/** Connects to each `--host`, or to the engine at hand, for the time of `work`. One that does not answer is handed on with the reason. */
export async function withTracing<T>(options: Options, work: (tracing: Tracing) => Promise<T>): Promise<T> {
  const log = terminalLog(options)
  const { directory, environment } = options
  const [ledger, repository] = await Promise.all([ledgerOf(options, log), repositoryOf(options)])
  const owner = ownerOf(repository.server, repository.name)
  const registries = registriesOf(environment, log)
  const asked = options.hosts.length > 0 ? [...new Set(options.hosts)] : [options.host]
  const done = Promise.withResolvers<void>()
  const connected = asked.map((host) => connect({ ...options, host }, done.promise, log))
  try {
    const hosts = await Promise.all(connected.map(({ host }) => host))
    return await work({ ledger, registries, hosts, owner, directory, environment, log })
  } finally {
    done.resolve()
    await Promise.all(connected.map(({ closed }) => closed))
  }
}

/** Holds one connection open until `until`. */
function connect(options: Options, until: Promise<void>, log: Log): { host: Promise<TracedHost>; closed: Promise<void> } {
  const host = Promise.withResolvers<TracedHost>()
  const name = options.host ?? options.environment.DOCKER_HOST ?? 'the local engine'
  const closed = withEngine(options, async (engine) => {
    host.resolve({ name, engine })
    await until
  }).catch((error: unknown) => {
    log.debug(`${name}: ${describeError(error)}`)
    host.resolve({ name, unreachable: describeError(error) })
  })
  return { host: host.promise, closed }
}
