import type { ServiceResult } from '@mayfly/core'
import type { Isolated, Placed } from '@mayfly/project'
import { digestIn } from './digest.ts'

/** Without test services, which are placed but do not run. */
export function running(placed: readonly Placed[], isolated: Isolated): Placed[] {
  return placed.filter(({ service }) => isolated.services.some(({ name }) => name === service))
}

/** One service of a deployment, as it is reported. `log`: hostile text. */
export function toResult(
  placed: Placed,
  isolated: Isolated,
  action: ServiceResult['action'],
  state: ServiceResult['state'],
  log: string,
): ServiceResult {
  return {
    name: placed.service,
    urls: isolated.services.find((service) => service.name === placed.service)?.urls ?? [],
    artifact: placed.name,
    digest: digestIn(placed.reference),
    revision: placed.revision,
    ...(placed.revision === '' || placed.reused === undefined ? {} : { reused: placed.reused, why: placed.why ?? '' }),
    state,
    action,
    log,
  }
}

/** The services of a deployment as its record tells of them. */
export function describeServices({
  record,
  isolated,
}: {
  record: { placed: readonly Placed[] }
  isolated: Isolated
}): ServiceResult[] {
  return running(record.placed, isolated).map((one) => toResult(one, isolated, 'unchanged', 'healthy', ''))
}
