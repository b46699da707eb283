import { call, readAll } from './call.ts'
import type { GitHub } from './connect.ts'
import { createOnce } from './create-once.ts'
import { explain, type Need } from './errors.ts'
import { readFields } from './fields.ts'

/** A remark on lines of a file, as GitHub shows it beside the change. */
export interface CheckAnnotation {
  /** In the repository. */
  path: string
  startLine: number
  endLine: number
  level: 'notice' | 'warning' | 'failure'
  title: string
  message: string
}

export interface CheckRun {
  name: string
  headSha: string
  /** Tells this run's check from another's of the same name on the same commit. */
  externalId: string
  detailsUrl: string
  title: string
  /** At most 65,535 characters each. */
  summary: string
  text: string
  conclusion: 'success' | 'failure' | 'neutral'
  annotations: readonly CheckAnnotation[]
}

/** GitHub takes so many in one request; each further one adds to them (docs.github.com, checks: update a check run). */
const AT_ONCE = 50

const NEED: Need = { to: 'publish a check', permission: 'checks', access: 'write' }

/**
 * Publishes a check on a commit, with its annotations in batches. One that this run has published before is completed: GitHub
 * adds annotations and never replaces them, so those that it has are not sent again. Another run, or attempt, makes its own;
 * GitHub shows the newest of a name.
 * @throws PermissionError where the token may not.
 */
export async function publishCheck(github: GitHub, check: CheckRun): Promise<void> {
  const { annotations } = check
  const first = annotations.slice(0, AT_ONCE)
  const create = async (): Promise<Published> => {
    const parameters = { ...bodyOf(check, first), name: check.name, head_sha: check.headSha }
    const { data } = await call(github, 'POST /repos/{owner}/{repo}/check-runs', parameters, NEED)
    return { ...toPublished(data), annotations: first.length }
  }
  const found = await find(github, check)
  const own = found ?? (await createOnce(create, () => find(github, check)))
  for (let from = own.annotations; from < annotations.length; ) from = await addBatch(github, check, own.id, from)
  if (found !== undefined && found.annotations >= annotations.length) {
    await call(github, UPDATE, { ...bodyOf(check, []), check_run_id: own.id }, NEED)
  }
}

const UPDATE: `PATCH /${string}` = 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}'

/**
 * Adds the annotations from this one on, as many as one request takes, exactly once: a lost answer is no reason to send them
 * again, but to ask how many the check has by now.
 * @returns how many it has then.
 */
function addBatch(github: GitHub, check: CheckRun, id: number, from: number): Promise<number> {
  const batch = check.annotations.slice(from, from + AT_ONCE)
  const send = async (): Promise<number> => {
    const body = { ...bodyOf(check, batch), check_run_id: id, request: { retries: 0 } }
    const answer = await github.api.request(UPDATE, { ...github.place, ...body }).catch((error: unknown) => {
      throw explain(error, NEED, 'PATCH')
    })
    toPublished(answer.data)
    return from + batch.length
  }
  return createOnce(send, async () => {
    const now = (await find(github, check))?.annotations ?? 0
    return now > from ? now : undefined
  })
}

function bodyOf(check: CheckRun, annotations: readonly CheckAnnotation[]) {
  return {
    status: 'completed',
    conclusion: check.conclusion,
    external_id: check.externalId,
    details_url: check.detailsUrl,
    output: {
      title: check.title,
      summary: check.summary,
      text: check.text,
      annotations: annotations.map(({ path, startLine, endLine, level, title, message }) => ({
        path,
        start_line: startLine,
        end_line: endLine,
        annotation_level: level,
        title,
        message,
      })),
    },
  }
}

interface Published {
  id: number
  externalId: string
  /** How many it has. */
  annotations: number
}

async function find(github: GitHub, { name, headSha, externalId }: CheckRun): Promise<Published | undefined> {
  const need: Need = { to: `list the checks of ${headSha.slice(0, 7)}`, permission: 'checks', access: 'read' }
  const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs'
  const all = await readAll(github, route, { ref: headSha, check_name: name, filter: 'all' }, need, toPublished, 'check_runs')
  return all.find((one) => one.externalId === externalId)
}

function toPublished(data: unknown): Published {
  const fields = readFields(data, 'a check')
  const annotations = fields.object('output').count('annotations_count')
  return { id: fields.id('id'), externalId: fields.textIfAny('external_id') ?? '', annotations }
}
