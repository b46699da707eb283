import { LABEL } from '@mayfly/core'
import { type Engine, logsSince, observeContainers } from '@mayfly/engine'
import type { Target } from '@mayfly/environment'

/** Lines of one container that are kept: the failing test's are among the last. */
const MOST_LINES = 20_000

/** What each service wrote since a moment, as `docker logs --timestamps` words it, by service. Hostile text. */
export async function serviceLogs(engine: Engine, target: Target, since: Date): Promise<Map<string, string>> {
  const containers = await observeContainers(engine, { owner: target.owner, environment: target.id })
  const logs = new Map<string, string>()
  for (const container of containers) {
    const service = container.labels[LABEL.service] ?? ''
    if (container.labels[LABEL.role] !== 'service' || service === '') continue
    logs.set(service, `${logs.get(service) ?? ''}${await logsSince(engine, container.id, since, MOST_LINES)}`)
  }
  return logs
}
