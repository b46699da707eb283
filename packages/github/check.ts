import { call, readAll } from './call.ts'
import type { GitHub } from './connect.ts'
import { createOnce } from './create-once.ts'
import type { Need } from './errors.ts'
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
  const create = async (): Promise<Published> => {
    const parameters = { ...bodyOf(check, annotations.slice(0, AT_ONCE)), name: check.name, head_sha: check.headSha }
    return toPublished((await call(github, 'POST /repos/{owner}/{repo}/check-runs', parameters, NEED)).data)
  }
  const found = await find(github, check)
  const own = found ?? (await createOnce(create, () => find(github, check)))
  for (let from = own.annotations; from < annotations.length; from += AT_ONCE) {
    await update(github, own.id, bodyOf(check, annotations.slice(from, from + AT_ONCE)))
  }
  if (found !== undefined && found.annotations >= annotations.length) await update(github, own.id, bodyOf(check, []))
}

function update(github: GitHub, id: number, body: object) {
  return call(github, 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', { ...body, check_run_id: id }, NEED)
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
