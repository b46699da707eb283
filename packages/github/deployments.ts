import type { GitHub } from './connect.ts'
import { createOnce } from './create-once.ts'
import type { Need } from './errors.ts'
import { readPages } from './pages.ts'
import { read } from './shape.ts'

const DEPLOYMENTS = '/repos/{owner}/{repo}/deployments'
const STATUSES = '/repos/{owner}/{repo}/deployments/{deployment_id}/statuses'
/** GitHub's description, `repos/create-deployment-status`. */
const LONGEST_DESCRIPTION = 140
const permission = 'deployments: write'

export interface NewDeployment {
  /** Full hash of the head commit. */
  sha: string
  /** One name for all previews: GitHub never deletes an environment that a workflow's token has made. */
  environment: string
  /** What tells one preview's deployments from another's. */
  task: string
  description: string
  runUrl: string | undefined
}

export interface DeploymentEnd {
  state: 'success' | 'failure' | 'error' | 'inactive'
  /** Where it runs. */
  url?: string | undefined
  logUrl?: string | undefined
  description: string
}

/** Records on the commit that a deployment is under way. Answers its id. */
export async function startDeployment(github: GitHub, deployment: NewDeployment): Promise<number> {
  const { sha, environment, task, description, runUrl } = deployment
  const need: Need = { doing: `recording a deployment of ${sha.slice(0, 7)}`, permission }
  const body = {
    ref: sha,
    environment,
    task,
    description: shorten(description),
    auto_merge: false,
    // Without this, GitHub waits for the commit's checks, and the run that asks is one of them.
    required_contexts: [],
    transient_environment: true,
    production_environment: false,
  }
  const id = await createOnce(
    async () => read((await github.call(need, `POST ${DEPLOYMENTS}`, body)).data, need).id('id'),
    () => findUntouched(github, need, { sha, environment, task }),
  )
  await setStatus(github, id, { state: 'in_progress', description, logUrl: runUrl })
  return id
}

/** Says how a deployment ended. Others of its environment are left alone. */
export function finishDeployment(github: GitHub, id: number, end: DeploymentEnd): Promise<void> {
  return setStatus(github, id, end)
}

/**
 * Makes every deployment of a task inactive that is not yet, but for `except`. GitHub does not do it for transient ones.
 * Answers how many there were.
 */
export async function retireDeployments(
  github: GitHub,
  which: { environment: string; task: string; except?: number },
): Promise<number> {
  const { environment, task, except } = which
  const need: Need = { doing: `reading the deployments of ${task}`, permission }
  const found = await readPages(github, need, `GET ${DEPLOYMENTS}`, { environment, task }, { shortPages: 'accepted' })
  // The filter is GitHub's; what is made inactive is checked here.
  const own = found.filter((deployment) => deployment.text('task') === task && deployment.text('environment') === environment)
  const ids = own.map((deployment) => deployment.id('id')).filter((id) => id !== except)
  const states = await Promise.all(ids.map((id) => readState(github, need, id)))
  const active = ids.filter((_, index) => states[index] !== 'inactive')
  for (const id of active) await setStatus(github, id, { state: 'inactive', description: 'Removed' })
  return active.length
}

async function setStatus(
  github: GitHub,
  id: number,
  status: { state: DeploymentEnd['state'] | 'in_progress' } & Omit<DeploymentEnd, 'state'>,
): Promise<void> {
  const need: Need = { doing: `setting a deployment to ${status.state}`, permission }
  const body = {
    deployment_id: id,
    state: status.state,
    description: shorten(status.description),
    auto_inactive: false,
    ...(status.url === undefined ? {} : { environment_url: status.url }),
    ...(status.logUrl === undefined ? {} : { log_url: status.logUrl }),
  }
  // The same status twice says nothing new, so here a POST may simply be tried again.
  const set = async () => void read((await github.call(need, `POST ${STATUSES}`, body)).data, need).id('id')
  await createOnce(set, async () => undefined)
}

/** The latest status's state; `pending` before the first one. */
async function readState(github: GitHub, need: Need, id: number): Promise<string> {
  const { data } = await github.call(need, `GET ${STATUSES}`, { deployment_id: id, per_page: 1 })
  return read({ statuses: data }, need).list('statuses')[0]?.text('state') ?? 'pending'
}

/** The deployment whose creation was answered wrongly: the newest of this commit and task that has no status yet. */
async function findUntouched(
  github: GitHub,
  need: Need,
  which: { sha: string; environment: string; task: string },
): Promise<number | undefined> {
  const found = await readPages(github, need, `GET ${DEPLOYMENTS}`, which, { shortPages: 'accepted' })
  const newest = Math.max(0, ...found.map((deployment) => deployment.id('id')))
  return newest > 0 && (await readState(github, need, newest)) === 'pending' ? newest : undefined
}

function shorten(text: string): string {
  const characters = [...text]
  return characters.length <= LONGEST_DESCRIPTION ? text : `${characters.slice(0, LONGEST_DESCRIPTION - 1).join('')}…`
}
