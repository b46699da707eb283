import type { ServiceResult } from '@mayfly/core'
import type { Isolated, Placed } from '@mayfly/project'
import { digestIn } from './digest.ts'

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
