import { describeStep, rollback as goBack, planRollback } from '@mayfly/environment'
import { environmentOf, userOf, withLogs } from '../named.ts'
import type { Options } from '../options.ts'
import { answer, table, terminalLog } from '../terminal.ts'
import { withEngine } from '../where.ts'

/** Puts back what ran before what runs now, or what --to says, as it was recorded. Needs no checkout of it. */
export async function rollback(options: Options): Promise<number> {
  const log = terminalLog(options)
  const { target } = await environmentOf(options)
  const { to: asked, timeout } = options
  return withEngine(options, async (engine) => {
    const { to, steps } = await planRollback(engine, { target, to: asked })
    if (options.dryRun) {
      answer(options, { environment: target.id, revision: to.revision, steps }, steps.map(describeStep).join('\n'))
      return 0
    }
    log.info(`Going back to ${to.revision.slice(0, 7)}, which ran from ${to.deployedAt.toISOString()} on.`)
    const done = await withLogs(options, () =>
      log.group('Deploy', () => goBack(engine, { target, to: asked, run: '', by: userOf(options), timeout, log })),
    )
    for (const notice of done.notices) log.warn(notice)
    const { services, notices } = done
    const rows = services.map((service) => [service.name, service.action, service.urls[0] ?? '', service.artifact])
    answer(options, { environment: target.id, revision: done.to.revision, services, steps: done.steps, notices }, table(rows))
    return 0
  })
}
