import { call, readAll } from './call.ts'
import type { GitHub } from './connect.ts'
import { createOnce } from './create-once.ts'
import { type Need, unreadable } from './errors.ts'
import { readFields } from './fields.ts'

/** GitHub takes no longer description of a deployment's status. */
const LONGEST_DESCRIPTION = 140

const AT_ONCE = 5

export interface StartOptions {
  /** Full commit hash. */
  sha: string
  environment: string
  /** Tells the deployments of one shared environment apart. */
  task: string
  description: string
  runUrl: string
  /** Whether it goes with its pull request, as a preview does (the default), or stays. */
  transient?: boolean
  /** Whether people who use the product meet it. */
  production?: boolean
}

export interface DeploymentEnd {
  state: 'success' | 'failure' | 'error' | 'inactive'
  url?: string
  logUrl?: string
  description: string
}

/**
 * Creates a deployment that is under way, and answers its id.
 * @throws PermissionError where the token may not.
 */
export async function startDeployment(github: GitHub, options: StartOptions): Promise<number> {
  const { sha, environment, task, transient = true, production = false } = options
  const need: Need = { to: `create a deployment of ${sha.slice(0, 7)}`, permission: 'deployments', access: 'write' }
  const parameters = {
    ref: sha,
    environment,
    task,
    description: short(options.description),
    // Without these two GitHub first merges the base, and waits for checks that this very run may be one of.
    auto_merge: false,
    required_contexts: [],
    transient_environment: transient,
    production_environment: production,
  }
  const before = new Set((await list(github, { environment, task, sha })).map(({ id }) => id))
  const { id } = await createOnce(
    async () => toDeployment((await call(github, 'POST /repos/{owner}/{repo}/deployments', parameters, need)).data),
    async () => (await list(github, { environment, task, sha })).find((deployment) => !before.has(deployment.id)),
  )
  await addStatus(github, id, { state: 'in_progress', logUrl: options.runUrl, description: options.description })
  return id
}

/** Says how a deployment ended. Others are left as they are. */
export async function finishDeployment(github: GitHub, id: number, end: DeploymentEnd): Promise<void> {
  await addStatus(github, id, end)
}

/**
 * Makes every deployment of this task inactive, but for `except`; GitHub does that by itself neither for a transient one nor for production.
 * Answers how many were not yet.
 */
export async function retireDeployments(
  github: GitHub,
  { environment, task, except }: { environment: string; task: string; except?: number },
): Promise<number> {
  const others = (await list(github, { environment, task })).filter(({ id }) => id !== except)
  const active: number[] = []
  for (let from = 0; from < others.length; from += AT_ONCE) {
    const some = others.slice(from, from + AT_ONCE)
    const states = await Promise.all(some.map(({ id }) => readState(github, id)))
    active.push(...some.filter((_, at) => states[at] !== 'inactive').map(({ id }) => id))
  }
  for (const id of active) await addStatus(github, id, { state: 'inactive', description: 'Retired' })
  return active.length
}

interface Deployment {
  id: number
}

async function list(github: GitHub, asked: { environment: string; task: string; sha?: string }): Promise<Deployment[]> {
  const need: Need = { to: 'list the deployments', permission: 'deployments', access: 'read' }
  return readAll(github, 'GET /repos/{owner}/{repo}/deployments', asked, need, (item) => {
    const deployment = toDeployment(item)
    // A filter that was not obeyed would retire the deployments of others.
    if (deployment.task !== asked.task || deployment.environment !== asked.environment) {
      throw unreadable(`asked for the deployments of ${asked.task} it told of ${deployment.task}`)
    }
    return deployment
  })
}

function toDeployment(data: unknown) {
  const fields = readFields(data, 'a deployment')
  return { id: fields.id('id'), task: fields.text('task'), environment: fields.text('environment') }
}

async function readState(github: GitHub, id: number): Promise<string | undefined> {
  const need: Need = { to: `read the state of deployment ${id}`, permission: 'deployments', access: 'read' }
  const route = 'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses'
  // Newest first.
  const { data } = await call(github, route, { deployment_id: id, per_page: 1 }, need)
  if (!Array.isArray(data)) throw unreadable(`the states of deployment ${id} are no list`)
  return data.length === 0 ? undefined : readFields(data[0], `the state of deployment ${id}`).text('state')
}

async function addStatus(
  github: GitHub,
  id: number,
  status: Omit<DeploymentEnd, 'state'> & { state: DeploymentEnd['state'] | 'in_progress' },
): Promise<void> {
  const need: Need = { to: `set the state of deployment ${id}`, permission: 'deployments', access: 'write' }
  const parameters = {
    deployment_id: id,
    state: status.state,
    description: short(status.description),
    auto_inactive: false,
    ...(status.url === undefined ? {} : { environment_url: status.url }),
    ...(status.logUrl === undefined ? {} : { log_url: status.logUrl }),
  }
  const add = () => call(github, 'POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', parameters, need)
  // The same state said twice is the same state: nothing to look for before it is said again.
  await createOnce(add, async () => undefined)
}

function short(text: string): string {
  const letters = [...text]
  return letters.length <= LONGEST_DESCRIPTION ? text : `${letters.slice(0, LONGEST_DESCRIPTION - 1).join('')}…`
}
