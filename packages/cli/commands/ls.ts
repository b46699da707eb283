import { observe } from '@mayfly/engine'
import { environmentsOf } from '@mayfly/environment'
import type { Options } from '../options.ts'
import { answer, table } from '../terminal.ts'
import { withEngine } from '../where.ts'

/** Every environment on the engine, whoever it belongs to. */
export async function ls(options: Options): Promise<number> {
  return withEngine(options, async (engine) => {
    const environments = environmentsOf(await observe(engine))
    const rows = environments.map((environment) => [
      environment.id,
      environment.record?.revision.slice(0, 7) ?? 'half made',
      environment.services
        .map((service) => `${service.name} ${service.health === 'none' ? service.state : service.health}`)
        .join(', '),
      environment.expiresAt?.toISOString().slice(0, 16).replace('T', ' ') ?? 'never',
    ])
    const plain = environments.map(({ observed: _, ...environment }) => environment)
    answer(
      options,
      plain,
      rows.length === 0 ? 'No environments.' : table([['ENVIRONMENT', 'REVISION', 'SERVICES', 'EXPIRES (UTC)'], ...rows]),
    )
    return 0
  })
}
