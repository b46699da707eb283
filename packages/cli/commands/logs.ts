import { UserError } from '@mayfly/core'
import { followLogs, lastLogs, observe } from '@mayfly/engine'
import { environmentsOf } from '@mayfly/environment'
import type { Options } from '../options.ts'
import { answer } from '../terminal.ts'
import { targetOf, withEngine } from '../where.ts'

/** What services wrote, each line with the service's name in front. */
export async function logs(options: Options): Promise<number> {
  const target = await targetOf(options)
  return withEngine(options, async (engine) => {
    const [environment] = environmentsOf(await observe(engine, { owner: target.owner, environment: target.id }))
    const wanted = options.positionals
    const services = (environment?.services ?? []).filter((service) => wanted.length === 0 || wanted.includes(service.name))
    if (services.length === 0) {
      const there = environment?.services.map((service) => service.name).join(', ')
      throw new UserError(
        there === undefined ? `There is no environment ${target.id}.` : `${target.id} has no service ${wanted.join(', ')}.`,
        {
          cure: there === undefined ? 'See mayfly ls.' : `It has: ${there}.`,
        },
      )
    }
    const containers = services.flatMap((service) => service.containers.map((id) => ({ id, name: service.name })))
    if (options.follow) {
      const show = (name: string) => (line: string) => answer(options, { service: name, line }, `${name} | ${line}`)
      await Promise.all(containers.map(({ id, name }) => followLogs(engine, id, options.tail, show(name))))
      return 0
    }
    for (const { id, name } of containers) {
      const lines = (await lastLogs(engine, id, options.tail)).split('\n').filter((line) => line !== '')
      for (const line of lines) answer(options, { service: name, line }, `${name} | ${line}`)
    }
    return 0
  })
}
