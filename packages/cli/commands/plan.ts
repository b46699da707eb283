import { describeStep, planDeployment } from '@mayfly/environment'
import { placedAsPlanned } from '@mayfly/pipeline'
import type { Options } from '../options.ts'
import { prepare } from '../prepare.ts'
import { answer, terminalLog } from '../terminal.ts'
import { withEngine } from '../where.ts'

/** What `up` would do. */
export async function plan(options: Options): Promise<number> {
  const log = terminalLog(options)
  return withEngine(options, async (engine) => {
    const { target, planned, deployment } = await prepare(options, engine, log)
    const { steps, notices } = await planDeployment(engine, { ...deployment, placed: planned.map(placedAsPlanned) })
    const artifacts = planned.map(({ service, name, action, why }) => ({ service, name, action, why }))
    const lines = [
      ...artifacts.map((artifact) => `${artifact.action} ${artifact.service}: ${artifact.why}`),
      ...steps.map(describeStep),
      ...notices.map((notice) => `note: ${notice}`),
    ]
    answer(
      options,
      { environment: target.id, artifacts, steps, notices },
      lines.length === 0 ? 'Nothing to do.' : lines.join('\n'),
    )
    return 0
  })
}
