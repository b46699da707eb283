import { type ColdStart, LABEL } from '@mayfly/core'
import { type Container, containerFacts, type Engine } from '@mayfly/engine'
import type { Isolated } from '@mayfly/project'
import { firstRequest, type TimedRoute, type Way } from './latency.ts'

/** Milliseconds that a first answer may take. */
const PATIENCE = 30_000

/**
 * How long services took from the start of their containers to their first healthy answer, by the engine's clock, and
 * what the first visitor then waits. Asked right after they got healthy and before anything else asks them.
 * @param started the services that were started anew; what ran on was not cold.
 */
export async function coldStarts(
  engine: Engine,
  containers: readonly Container[],
  asked: { isolated: Isolated; started: readonly string[]; way: Way; routes: readonly TimedRoute[] },
): Promise<ColdStart[]> {
  const { isolated, started, way, routes } = asked
  const found: ColdStart[] = []
  for (const { name } of isolated.services.filter((service) => started.includes(service.name))) {
    const own = containers.find(({ labels }) => labels[LABEL.role] === 'service' && labels[LABEL.service] === name)
    const facts = own === undefined ? undefined : await containerFacts(engine, own.id)
    const route = routes.find(({ service }) => service === name)
    const first = route === undefined ? undefined : await firstRequest(way, route, PATIENCE)
    const healthy = facts?.healthyAt === undefined ? undefined : facts.healthyAt.getTime() - facts.startedAt.getTime()
    if (healthy === undefined && first === undefined) continue
    found.push({
      service: name,
      ...(healthy === undefined ? {} : { healthy: Math.max(0, Math.round(healthy)) }),
      ...(first === undefined ? {} : { first: Math.round(first * 10) / 10 }),
    })
  }
  return found
}
