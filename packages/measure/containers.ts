import { LABEL } from '@mayfly/core'
import { containerFacts, type Engine, observeContainers } from '@mayfly/engine'
import type { Target } from '@mayfly/environment'

/** How often each service's containers were started again by the engine, or do not run; by service. */
export async function countDeaths(engine: Engine, target: Target): Promise<Map<string, number>> {
  const deaths = new Map<string, number>()
  for (const { id, labels } of await observeContainers(engine, { owner: target.owner, environment: target.id })) {
    const service = labels[LABEL.service] ?? ''
    if (labels[LABEL.role] !== 'service' || service === '') continue
    const facts = await containerFacts(engine, id)
    const ended = facts !== undefined && !facts.running ? 1 : 0
    deaths.set(service, (deaths.get(service) ?? 0) + (facts?.restarts ?? 0) + ended)
  }
  return deaths
}

/** The working directory of each service's image, by service. */
export async function workingDirectories(engine: Engine, target: Target): Promise<Map<string, string>> {
  const directories = new Map<string, string>()
  for (const { id, labels } of await observeContainers(engine, { owner: target.owner, environment: target.id })) {
    const service = labels[LABEL.service] ?? ''
    if (labels[LABEL.role] !== 'service' || service === '' || directories.has(service)) continue
    const facts = await containerFacts(engine, id)
    if (facts !== undefined) directories.set(service, facts.workingDirectory)
  }
  return directories
}
