import { readCommit, readRefs, resolveCommit, updateRef } from '../git.ts'
import { notFound, Refusal, validationFailed } from '../refusal.ts'
import { isObject } from '../schema.ts'
import { checkShape, commitShape, gitCommitShape, refShape, statusShape } from '../shapes/commit.ts'
import type { CheckRecord, StatusRecord } from '../state.ts'
import { list, type Needs, type RepositoryCall, type Routes, text } from './route.ts'

const READ: Needs = [['contents', 'read']]
const CHECKS: Needs = [['checks', 'write']]

export const commitRoutes: Routes = {
  'repos/get-commit': {
    needs: READ,
    serve: async (call) => {
      const name = call.parameters.ref ?? ''
      const sha = await resolveCommit(call.repository.directory, name)
      if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${name}`)
      return { status: 200, body: commitShape(call.links, call.repository, await readCommit(call.repository.directory, sha)) }
    },
  },
  'git/get-commit': {
    needs: READ,
    serve: async (call) => {
      const name = call.parameters.commit_sha ?? ''
      const sha = /^[0-9a-f]{40}$/.test(name) ? await resolveCommit(call.repository.directory, name) : undefined
      if (sha === undefined) throw notFound()
      return { status: 200, body: gitCommitShape(call.links, call.repository, await readCommit(call.repository.directory, sha)) }
    },
  },
  'git/get-ref': {
    needs: READ,
    serve: async (call) => {
      const ref = `refs/${call.parameters.ref}`
      const sha = (await readRefs(call.repository.directory)).get(ref)
      if (sha === undefined) throw notFound()
      return { status: 200, body: refShape(call.links, call.repository, ref, sha) }
    },
  },
  'git/create-ref': {
    needs: [['contents', 'write']],
    serve: async (call) => {
      const [ref = '', name = ''] = [text(call.body, 'ref'), text(call.body, 'sha')]
      if (!/^refs\/[^/]+\/.+/.test(ref) || ref.startsWith('refs/pull/')) throw new Refusal(422, 'Reference name is not valid')
      const sha = await resolveCommit(call.repository.directory, name)
      if (sha === undefined) throw new Refusal(422, 'Object does not exist')
      // Create only: git itself refuses where the ref has come to be meanwhile.
      await updateRef(call.repository.directory, ref, sha, '0'.repeat(40)).catch((error: unknown) => {
        throw new Refusal(
          422,
          /bad name|invalid ref/i.test(String(error)) ? 'Reference name is not valid' : 'Reference already exists',
        )
      })
      return { status: 201, body: refShape(call.links, call.repository, ref, sha) }
    },
  },
  'checks/create': {
    needs: CHECKS,
    serve: async (call) => {
      requireApp(call)
      const sha = await resolveCommit(call.repository.directory, text(call.body, 'head_sha') ?? '')
      if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${text(call.body, 'head_sha')}`)
      const check = {
        ...newCheck,
        id: call.state.nextId(),
        name: text(call.body, 'name') ?? '',
        sha,
        startedAt: call.state.now(),
      }
      call.repository.checks.set(check.id, check)
      return { status: 201, body: checkShape(call.links, call.repository, change(call, check)) }
    },
  },
  'checks/update': {
    needs: CHECKS,
    serve: (call) => {
      requireApp(call)
      const check = call.repository.checks.get(Number(call.parameters.check_run_id))
      if (!check) throw notFound()
      return { status: 200, body: checkShape(call.links, call.repository, change(call, check)) }
    },
  },
  'checks/list-for-ref': {
    needs: [['checks', 'read']],
    serve: async (call) => {
      const sha = await resolveCommit(call.repository.directory, call.parameters.ref ?? '')
      const name = call.query.get('check_name')
      const checks = [...call.repository.checks.values()].filter(
        (check) => check.sha === sha && (name ?? check.name) === check.name,
      )
      // Without `filter=all` only the newest of each name is told.
      const latest = new Map(checks.map((check) => [check.name, check]))
      const told = call.query.get('filter') === 'all' ? checks : [...latest.values()]
      return { field: 'check_runs', list: told.map((check) => checkShape(call.links, call.repository, check)) }
    },
  },
  'repos/create-commit-status': {
    needs: [['statuses', 'write']],
    serve: async (call) => {
      const sha = await resolveCommit(call.repository.directory, call.parameters.sha ?? '')
      if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${call.parameters.sha}`)
      const status = newStatus(call, sha)
      call.repository.statuses.push(status)
      return { status: 201, body: statusShape(call.links, call.repository, status) }
    },
  },
}

const newCheck: Omit<CheckRecord, 'id' | 'name' | 'sha'> = {
  status: 'queued',
  conclusion: undefined,
  title: undefined,
  summary: undefined,
  text: undefined,
  annotations: [],
  externalId: null,
  detailsUrl: null,
  startedAt: null,
  completedAt: null,
}

/** Check runs belong to apps. */
function requireApp({ identity }: RepositoryCall): void {
  if (identity.type !== 'Bot') throw new Refusal(403, 'You must authenticate via a GitHub App.')
}

/** Takes over what the body names. A conclusion completes the run; annotations are added to those there are. */
function change({ body, state, repository }: RepositoryCall, check: CheckRecord): CheckRecord {
  const output = isObject(body) ? body.output : undefined
  check.name = text(body, 'name') ?? check.name
  check.conclusion = text(body, 'conclusion') ?? check.conclusion
  check.status = text(body, 'conclusion') === undefined ? (text(body, 'status') ?? check.status) : 'completed'
  check.title = text(output, 'title') ?? check.title
  check.summary = text(output, 'summary') ?? check.summary
  check.text = text(output, 'text') ?? check.text
  check.annotations = [...check.annotations, ...list(output, 'annotations').filter(isObject)]
  check.externalId = text(body, 'external_id') ?? check.externalId
  check.detailsUrl = text(body, 'details_url') ?? check.detailsUrl
  check.startedAt = text(body, 'started_at') ?? check.startedAt
  check.completedAt = text(body, 'completed_at') ?? (check.status === 'completed' ? (check.completedAt ?? state.now()) : null)
  repository.checks.set(check.id, check)
  return check
}

function newStatus({ state, user, body }: RepositoryCall, sha: string): StatusRecord {
  const wanted = text(body, 'state')
  if (wanted !== 'error' && wanted !== 'failure' && wanted !== 'pending' && wanted !== 'success') {
    throw validationFailed('Status', 'state', 'invalid')
  }
  return {
    id: state.nextId(),
    sha,
    state: wanted,
    context: text(body, 'context') ?? 'default',
    description: text(body, 'description'),
    targetUrl: text(body, 'target_url'),
    creator: user.login,
    user,
    createdAt: state.now(),
  }
}
