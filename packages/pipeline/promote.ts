import { hostName, type Log, UserError } from '@mayfly/core'
import type { Engine } from '@mayfly/engine'
import { type Deployed, type Deployment, deploy, planDeployment, type Step, type Target } from '@mayfly/environment'
import { type LoadOptions, loadProject, type Placed, type Project, urlOf, withoutTests } from '@mayfly/project'
import type { Checkout } from './checkout.ts'
import { checkSources, chooseArtifacts, pullRequestOf, type ResolveVersions, type Sources } from './promote-sources.ts'
import { withReadyImages } from './ready-images.ts'

/** What a promotion cannot find out by itself. */
export interface PromoteMeans {
  resolveVersions?: ResolveVersions
  /** Why an artifact does not count as tested; undefined where it does. */
  tested?: (placed: Placed) => Promise<string | undefined>
  /** Brings artifacts to the registry that the environment pulls from. */
  carry?: (placed: readonly Placed[]) => Promise<Placed[]>
}

export interface Promotion {
  target: Target
  repository: { server: string; name: string }
  sources: Sources
  /** The commit whose Compose file describes the environment; undefined: the artifacts' own. */
  revision: string | undefined
  /** A folder that holds exactly this commit. */
  checkout: (revision: string, pullRequest: number | undefined) => Promise<Checkout>
  read: Pick<LoadOptions, 'composeFile' | 'profiles' | 'env' | 'path'>
  requireTested: boolean
  means: PromoteMeans
  /** Milliseconds that services may take to get healthy. */
  timeout: number
  /** URL of the run, for the record. */
  run: string
  by: string
  log: Log
}

/** Images that were built before, and the project that they belong to, at the commit that was tested. */
export interface Promotable {
  placed: readonly Placed[]
  revision: string
  project: Project
  pullRequest: number | undefined
  from: string
}

/**
 * Finds what is to be promoted, and the project at its own commit. Changes nothing in any environment; where a version
 * does not hold the project's ready images, they are pulled.
 * @throws UserError where the sources are none or several, name nothing, fit the project badly, or are not tested although they
 * have to be.
 */
export async function preparePromotion(engine: Engine, promotion: Promotion): Promise<Promotable> {
  const { target, repository, read, log } = promotion
  const choice = checkSources(promotion.sources)
  const chosen = await chooseArtifacts(engine, target, repository, choice, promotion.means.resolveVersions, log)
  const checkout = await chooseCheckout(promotion, chosen)
  const env = { ...read.env, MAYFLY_URL: urlOf(target, hostName(target.id, target.domain)) }
  const project = withoutTests(await loadProject({ ...read, root: checkout.root, env, log }))
  const placed = ofProject(await withReadyImages(engine, project, chosen.placed, log), project, checkout.revision)
  if (promotion.requireTested) await refuseUntested(project, placed, promotion.means.tested)
  const pullRequest = chosen.pullRequest ?? (await pullRequestOf(engine, target.owner, placed, checkout.revision))
  return { placed, revision: checkout.revision, project, pullRequest, from: chosen.from }
}

/**
 * Brings an environment to images that were built and tested before: never builds, deploys by digest, waits for health, and
 * puts the previous deployment back where that does not come.
 * @throws as `deploy` does.
 */
export async function promote(engine: Engine, promotion: Promotion, promotable: Promotable): Promise<Deployed> {
  const { carry } = promotion.means
  const placed = carry === undefined ? promotable.placed : await carry(promotable.placed)
  return deploy(engine, deploymentOf(promotion, { ...promotable, placed }))
}

/** What a promotion would do; nothing is changed. */
export function planPromotion(
  engine: Engine,
  promotion: Promotion,
  promotable: Promotable,
): Promise<{ steps: Step[]; notices: string[] }> {
  return planDeployment(engine, deploymentOf(promotion, promotable))
}

function deploymentOf({ target, timeout, run, by, log }: Promotion, promotable: Promotable): Deployment {
  const { placed, revision, project, pullRequest } = promotable
  const current = async () => true
  return { target, revision, project, placed, ttl: undefined, run, reason: 'promote', by, pullRequest, timeout, current, log }
}

/** The commit that is said; else the one that was deployed or built; of several, the newest, as the model of a project goes with its last change. */
async function chooseCheckout(
  { revision: said, checkout, log }: Promotion,
  {
    revision: deployed,
    placed,
    pullRequest,
  }: { revision: string | undefined; placed: readonly Placed[]; pullRequest: number | undefined },
): Promise<Checkout> {
  const only = said ?? deployed
  if (only !== undefined) return checkout(only, pullRequest)
  const revisions = [...new Set(placed.flatMap(({ revision }) => (revision === '' ? [] : [revision])))]
  const checkouts: Checkout[] = []
  for (const revision of revisions) checkouts.push(await checkout(revision, pullRequest))
  const newest = checkouts.toSorted((a, b) => b.committedAt.getTime() - a.committedAt.getTime())[0]
  if (newest === undefined) {
    throw new UserError('None of the artifacts says which commit it was built from.', {
      cure: 'Give the commit whose Compose file describes the environment: the input revision.',
    })
  }
  if (checkouts.length > 1)
    log.info(`Of ${checkouts.length} commits, ${newest.revision.slice(0, 7)} is the newest: its project is taken.`)
  return newest
}

/** One image for each service, in the order of the project. */
function ofProject(placed: readonly Placed[], project: Project, revision: string): Placed[] {
  const missing = project.services.filter(({ name }) => !placed.some(({ service }) => service === name))
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ')
    throw new UserError(`The project at ${revision.slice(0, 7)} has ${names}, for which there is no artifact.`, {
      cure: 'Promote an artifact for every service, with the compose-file and the profiles that they were built with.',
    })
  }
  return project.services.flatMap(({ name }) => placed.find(({ service }) => service === name) ?? [])
}

/** A ready image is nobody's to test here; everything that was built has to have been. */
async function refuseUntested(project: Project, placed: readonly Placed[], tested: PromoteMeans['tested']): Promise<void> {
  if (tested === undefined) {
    throw new UserError('require-tested is on, and nothing here can say what was tested.', { cure: 'Leave it out.' })
  }
  const built = placed.filter(({ service }) =>
    project.services.some(({ name, source }) => name === service && source.kind !== 'image'),
  )
  const reasons = await Promise.all(
    built.map(async (one) => {
      const reason = await tested(one)
      return reason === undefined ? [] : [`${one.name || one.service}: ${reason}`]
    }),
  )
  const all = reasons.flat()
  if (all.length === 0) return
  throw new UserError(`Nothing was changed: what is not tested is not promoted. ${all.join('; ')}`, {
    cure: 'Let the preview of this very digest be tested first, or leave require-tested out.',
  })
}
