import { hostName, UserError } from '@mayfly/core'
import { observeContainers } from '@mayfly/engine'
import { deploy, namedTarget, RESERVED, readDeployment, removeEnvironment } from '@mayfly/environment'
import { type Beside, coldStarts, parseRoutes, wayTo } from '@mayfly/measure'
import { loadProject, type Placed, urlOf, withoutTests } from '@mayfly/project'
import type { Checkout } from './checkout.ts'
import type { Run } from './context.ts'
import type { Subject } from './test-run.ts'

/** How long what runs beside may outlive a run that was killed, in milliseconds. */
const TTL = 60 * 60 * 1000

/**
 * Starts what the base placed beside the preview, so that both are timed in turn: a difference is then the change's and not the
 * hour's. Possible where the engine still has, or can pull, an image for each service.
 * @returns undefined, with a word in the log, where it is not possible; nothing is left of it then.
 */
export async function startBeside(
  run: Run,
  { target, head, pullRequest }: Subject,
  checkout: Checkout,
  placed: readonly Placed[],
  routes: readonly string[],
): Promise<Beside | undefined> {
  const { engine, settings, context, log } = run
  const base = namedTarget(
    new URL(context.serverUrl).host,
    context.repository,
    `${RESERVED}base-of-${pullRequest}`,
    settings.reach,
  )
  const close = async () => {
    await removeEnvironment(engine, base.owner, base.id, log)
  }
  try {
    const all = await loadProject({
      root: checkout.root,
      composeFile: settings.composeFile,
      profiles: settings.profiles,
      path: context.environment.PATH,
      env: { ...settings.env, MAYFLY_URL: urlOf(base, hostName(base.id, base.domain)) },
      log,
    })
    const project = withoutTests(all)
    const missing = project.services.filter(({ name }) => !placed.some(({ service }) => service === name))
    if (missing.length > 0) throw new UserError(`The base has no ${missing.map(({ name }) => name).join(', ')}.`)
    const { listen, tls } = target
    const own = { ...base, listen, tls }
    await deploy(engine, {
      target: own,
      revision: placed[0]?.revision || head,
      project,
      placed,
      ttl: TTL,
      run: context.runUrl,
      timeout: settings.timeout,
      current: async () => true,
      log,
    })
    const { isolated } = await readDeployment(engine, own)
    const way = wayTo(engine, own)
    const timed = parseRoutes(routes, isolated, 'The input latency')
    const containers = await observeContainers(engine, { owner: own.owner, environment: own.id })
    const started = isolated.services.map(({ name }) => name)
    const cold = await coldStarts(engine, containers, { isolated, started, way, routes: [] })
    return { way, routes: timed, cold, close }
  } catch (error) {
    await close()
    if (!(error instanceof UserError)) throw error
    log.info(`The base is not timed in this run: ${error.message}`)
    return undefined
  }
}
