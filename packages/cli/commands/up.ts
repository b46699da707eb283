import { makeArtifacts } from '@mayfly/artifact'
import { DeploymentError, deploy } from '@mayfly/environment'
import type { Options } from '../options.ts'
import { prepare } from '../prepare.ts'
import { answer, table, terminalLog } from '../terminal.ts'
import { withEngine } from '../where.ts'
import { plan } from './plan.ts'

/** Builds, starts and verifies this checkout. */
export async function up(options: Options): Promise<number> {
  if (options.dryRun) return plan(options)
  const log = terminalLog(options)
  return withEngine(options, async (engine) => {
    const prepared = await log.group('Read the project', () => prepare(options, engine, log))
    const placed = await log.group('Build', () => makeArtifacts(prepared.request, prepared.planned))
    try {
      const done = await log.group('Deploy', () => deploy(engine, { ...prepared.deployment, placed }))
      for (const notice of done.notices) log.warn(notice)
      const rows = done.services.map((service) => [service.name, service.action, service.urls[0] ?? '', service.artifact])
      const { services, steps, notices, expiresAt } = done
      answer(
        options,
        { environment: prepared.target.id, revision: prepared.deployment.revision, services, steps, notices, expiresAt },
        table(rows),
      )
      return 0
    } catch (error) {
      if (error instanceof DeploymentError) {
        for (const service of error.services.filter((service) => service.log !== ''))
          log.warn(`--- ${service.name}\n${service.log}\n---`)
      }
      throw error
    }
  })
}
