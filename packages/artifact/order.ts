import { UserError } from '@mayfly/core'
import type { Service } from '@mayfly/project'

/** The services whose images a service's build starts from (`additional_contexts: name: service:other`). */
export function needsOf(service: Service): string[] {
  if (service.source.kind !== 'build') return []
  const contexts = Object.values(service.source.additionalContexts)
  return contexts.flatMap((context) => (context.startsWith('service:') ? [context.slice('service:'.length)] : []))
}

/** The services, each after those that it needs. @throws UserError for a circle and for a name that there is none of. */
export function inBuildOrder(services: readonly Service[]): Service[] {
  const ordered: Service[] = []
  const visit = (service: Service, path: readonly string[]): void => {
    if (ordered.includes(service)) return
    if (path.includes(service.name)) {
      throw new UserError(`These builds start from each other: ${[...path, service.name].join(' → ')}.`, {
        cure: 'Take one of the service: contexts out of additional_contexts.',
      })
    }
    for (const name of needsOf(service)) {
      const needed = services.find((other) => other.name === name)
      if (needed === undefined) {
        throw new UserError(`services.${service.name}.build.additional_contexts names service:${name}, which is not there.`, {
          cure: `Name one of: ${services.map((other) => other.name).join(', ')}.`,
        })
      }
      visit(needed, [...path, service.name])
    }
    ordered.push(service)
  }
  for (const service of services) visit(service, [])
  return ordered
}
