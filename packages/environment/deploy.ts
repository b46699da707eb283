import type { Log } from '@mayfly/core'
import type { Engine } from '@mayfly/engine'
import { isolate, type Placed, type Project } from '@mayfly/project'
import { haveImages } from './images.ts'
import { keptVolumes, planEnvironment, type Step } from './plan.ts'
import { recordsOf } from './record.ts'
import { type Deployed, observeOwn, settle } from './settle.ts'
import { placeOf, type Target } from './target.ts'

export interface Deployment {
  target: Target
  revision: string
  project: Project
  placed: readonly Placed[]
  /** Milliseconds; undefined: it never expires. */
  ttl: number | undefined
  /** URL of the run, for the record. */
  run: string
  /** `promote`: these images were built and tested before, elsewhere. */
  reason?: 'deploy' | 'promote'
  /** Who asked for it, for the record. */
  by?: string
  /** The pull request that it comes from, for the record. */
  pullRequest?: number | undefined
  /** Milliseconds that services may take to get healthy. */
  timeout: number
  /** Whether this revision is still the one to deploy; asked again while services start and before anything is undone. */
  current: () => Promise<boolean>
  log: Log
}

/** What a deployment would do; nothing is changed. */
export async function planDeployment(engine: Engine, deployment: Deployment): Promise<{ steps: Step[]; notices: string[] }> {
  const { target, revision, project, placed } = deployment
  const [observed, isolated] = await Promise.all([observeOwn(engine, target), isolate(project, placeOf(target), placed)])
  const steps = planEnvironment({ target, revision, isolated }, observed, recordsOf(observed)[0]?.record)
  return { steps, notices: [...isolated.notices, ...keptVolumes({ target, isolated }, observed)] }
}

/**
 * Brings an environment to what the project says, verifies it and records it. Never builds: the images must be on the
 * engine, or in a registry under the digest that they are referred to by.
 * Of two deployments of a named environment at once, the one that started last goes on and the other gives way.
 * @throws OvertakenError where `current`, or a later deployment, says that another run is to decide; nothing is undone then.
 * @throws DeploymentError where a service does not get healthy; then the previous revision runs again, or nothing does.
 * @throws UserError before anything is changed where an image is missing, or the environment is another repository's.
 */
export async function deploy(engine: Engine, deployment: Deployment): Promise<Deployed> {
  const { target, project, placed, log, reason = 'deploy', by = '', pullRequest = target.pullRequest } = deployment
  const [isolated] = await Promise.all([
    isolate(project, placeOf(target), placed),
    observeOwn(engine, target),
    haveImages(engine, placed, log),
  ])
  return settle(engine, { ...deployment, isolated, notices: project.notices, reason, by, pullRequest })
}
