import type { Log } from '@mayfly/core'
import { dockerCredentials, openRegistry, type Registry } from '@mayfly/registry'

/** Connections to registries by host, each opened once, with the credentials that Docker's configuration has for it. */
export function registriesOf(environment: Readonly<Record<string, string | undefined>>, log: Log): (host: string) => Registry {
  const credentials = dockerCredentials(environment)
  const open = new Map<string, Registry>()
  return (host) => {
    const registry = open.get(host) ?? openRegistry({ host, credentials, log })
    open.set(host, registry)
    return registry
  }
}
