import { resolveCommit } from '../git.ts'
import { Refusal, validationFailed } from '../refusal.ts'
import { isObject } from '../schema.ts'
import { deploymentShape, deploymentStatusShape } from '../shapes/commit.ts'
import type { DeploymentRecord, DeploymentStatusRecord, Repository } from '../state.ts'
import type { DeploymentStatus } from '../types.ts'
import { findDeployment, flag, type Needs, type RepositoryCall, type Routes, text } from './route.ts'

const READ: Needs = [['deployments', 'read']]
const WRITE: Needs = [['deployments', 'write']]

export const deploymentRoutes: Routes = {
  'repos/list-deployments': {
    needs: READ,
    serve: (call) => ({ list: select(call).map((deployment) => deploymentShape(call.links, call.repository, deployment)) }),
  },
  'repos/get-deployment': {
    needs: READ,
    serve: (call) => ({ status: 200, body: deploymentShape(call.links, call.repository, findDeployment(call)) }),
  },
  'repos/create-deployment': {
    needs: WRITE,
    serve: async (call) => {
      const deployment = await create(call)
      call.repository.deployments.set(deployment.id, deployment)
      return { status: 201, body: deploymentShape(call.links, call.repository, deployment) }
    },
  },
  'repos/delete-deployment': {
    needs: WRITE,
    serve: (call) => {
      const deployment = findDeployment(call)
      const { deployments } = call.repository
      // docs.github.com/rest/deployments: the only one may always go, of several only what is not active.
      if (deployments.size > 1 && stateOf(deployment) === 'success') {
        throw new Refusal(422, 'We cannot delete an active deployment unless it is the only deployment in a given environment.')
      }
      deployments.delete(deployment.id)
      return { status: 204 }
    },
  },
  'repos/list-deployment-statuses': {
    needs: READ,
    serve: (call) => {
      const deployment = findDeployment(call)
      return {
        list: deployment.statuses
          .toReversed()
          .map((status) => deploymentStatusShape(call.links, call.repository, deployment, status)),
      }
    },
  },
  'repos/create-deployment-status': {
    needs: WRITE,
    serve: (call) => {
      const deployment = findDeployment(call)
      const status = addStatus(call, deployment)
      if (status.state === 'success' && flag(call.body, 'auto_inactive') !== false) retireOthers(call, deployment)
      return { status: 201, body: deploymentStatusShape(call.links, call.repository, deployment, status) }
    },
  },
}

/** The last status's state; `pending` before the first one. */
export function stateOf(deployment: DeploymentRecord): DeploymentStatus {
  return deployment.statuses.at(-1)?.state ?? 'pending'
}

function select({ repository, query }: RepositoryCall): DeploymentRecord[] {
  const asked = (key: 'sha' | 'ref' | 'task' | 'environment') => {
    const value = query.get(key)
    // The description's default for all four is the word "none".
    return value === null || value === 'none' ? undefined : value
  }
  const [sha, ref, task, environment] = [asked('sha'), asked('ref'), asked('task'), asked('environment')]
  return [...repository.deployments.values()]
    .filter(
      (deployment) =>
        (sha === undefined || deployment.sha === sha) &&
        (ref === undefined || deployment.ref === ref) &&
        (task === undefined || deployment.task === task) &&
        (environment === undefined || deployment.environment === environment),
    )
    .reverse()
}

async function create({ state, repository, user, body }: RepositoryCall): Promise<DeploymentRecord> {
  const ref = text(body, 'ref') ?? ''
  const sha = await resolveCommit(repository.directory, ref)
  if (sha === undefined) throw new Refusal(422, `No ref found for: ${ref}`)
  await refuseUnfinished(repository, sha, body)
  const environment = text(body, 'environment') ?? 'production'
  const payload = isObject(body) ? body.payload : undefined
  const now = state.now()
  return {
    id: state.nextId(),
    sha,
    ref,
    task: text(body, 'task') ?? 'deploy',
    environment,
    originalEnvironment: environment,
    description: text(body, 'description') ?? null,
    payload: isObject(payload) || typeof payload === 'string' ? payload : {},
    transient: flag(body, 'transient_environment') ?? false,
    production: flag(body, 'production_environment') ?? environment === 'production',
    creator: user,
    createdAt: now,
    updatedAt: now,
    statuses: [],
  }
}

/** Without `required_contexts` GitHub wants every commit status to have succeeded; a workflow's own has not yet. */
async function refuseUnfinished(repository: Repository, sha: string, body: unknown): Promise<void> {
  const contexts = isObject(body) ? body.required_contexts : undefined
  const latest = new Map(
    repository.statuses.filter((status) => status.sha === sha).map((status) => [status.context, status.state]),
  )
  const checks = [...repository.checks.values()].filter((check) => check.sha === sha)
  for (const check of checks) latest.set(check.name, check.conclusion === 'success' ? 'success' : 'pending')
  const wanted = Array.isArray(contexts) ? contexts.map(String) : [...latest.keys()]
  if (wanted.some((context) => latest.get(context) !== 'success')) {
    throw new Refusal(409, `Conflict: Commit status checks failed for ${sha}.`, {
      errors: [{ resource: 'Deployment', field: 'required_contexts', code: 'invalid' }],
    })
  }
}

function addStatus({ state, user, body }: RepositoryCall, deployment: DeploymentRecord): DeploymentStatusRecord {
  const wanted = text(body, 'state')
  if (!isStatus(wanted)) throw validationFailed('DeploymentStatus', 'state', 'invalid')
  deployment.environment = text(body, 'environment') ?? deployment.environment
  deployment.updatedAt = state.now()
  const status: DeploymentStatusRecord = {
    id: state.nextId(),
    state: wanted,
    description: text(body, 'description') ?? '',
    environment: deployment.environment,
    environmentUrl: text(body, 'environment_url') ?? '',
    logUrl: text(body, 'log_url') || text(body, 'target_url') || '',
    creator: user,
    createdAt: deployment.updatedAt,
  }
  deployment.statuses.push(status)
  return status
}

/** docs.github.com/rest/deployments/statuses, `auto_inactive`: neither transient nor production ones, and only what was a success. */
function retireOthers({ state, repository, user }: RepositoryCall, deployment: DeploymentRecord): void {
  for (const other of repository.deployments.values()) {
    const same = other !== deployment && other.environment === deployment.environment
    if (!same || other.transient || other.production || stateOf(other) !== 'success') continue
    const last = other.statuses.at(-1)
    if (last) other.statuses.push({ ...last, id: state.nextId(), state: 'inactive', creator: user, createdAt: state.now() })
  }
}

const STATUSES: readonly string[] = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success']

function isStatus(value: string | undefined): value is DeploymentStatus {
  return value !== undefined && STATUSES.includes(value)
}
