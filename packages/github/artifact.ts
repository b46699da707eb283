import { UserError } from '@mayfly/core'
import { readAll } from './call.ts'
import type { GitHub } from './connect.ts'
import { explain, GitHubError, type Need, unreadable } from './errors.ts'
import { type Fields, readFields } from './fields.ts'

/** A file that a workflow's run left. */
export interface StoredArtifact {
  id: number
  name: string
  /** Bytes. */
  size: number
}

const LARGEST = 64 * 1024 * 1024

const NEED: Need = { to: 'list the artifacts', permission: 'actions', access: 'read' }

/**
 * The newest artifact of exactly this name that has not expired and that a run of this very repository on this branch has left:
 * a fork's run may leave one of any name, and it must never become what others are compared with.
 */
export async function findArtifact(github: GitHub, name: string, branch: string): Promise<StoredArtifact | undefined> {
  const found = await readAll(github, 'GET /repos/{owner}/{repo}/actions/artifacts', { name }, NEED, toArtifact, 'artifacts')
  return newest(found.filter((one) => one.name === name && one.branch === branch && one.ownRepository && !one.expired))
}

/** The artifact of exactly this name that one run left. */
export async function findRunArtifact(github: GitHub, run: number, name: string): Promise<StoredArtifact | undefined> {
  const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts'
  const found = await readAll(github, route, { run_id: run, name }, NEED, toArtifact, 'artifacts')
  return newest(found.filter((one) => one.name === name && !one.expired))
}

interface Listed extends StoredArtifact {
  expired: boolean
  branch: string
  ownRepository: boolean
}

function toArtifact(item: unknown): Listed {
  const fields = readFields(item, 'an artifact')
  return {
    id: fields.id('id'),
    name: fields.text('name'),
    size: fields.count('size_in_bytes'),
    expired: fields.flag('expired'),
    ...originOf(fields),
  }
}

/** GitHub need not say which run it was, nor of which repository, as where a fork is gone: that is none of ours, and no error. */
function originOf(fields: Fields): Pick<Listed, 'branch' | 'ownRepository'> {
  try {
    const run = fields.object('workflow_run')
    return { branch: run.text('head_branch'), ownRepository: run.id('repository_id') === run.id('head_repository_id') }
  } catch (error) {
    if (error instanceof GitHubError) return { branch: '', ownRepository: false }
    throw error
  }
}

function newest(artifacts: readonly Listed[]): StoredArtifact | undefined {
  return artifacts.toSorted((a, b) => b.id - a.id)[0]
}

/**
 * The one file of an artifact that was stored as it is. GitHub answers with another address, which is asked without the token.
 * @throws UserError where it is too large, or an archive.
 */
export async function downloadArtifact(github: GitHub, artifact: StoredArtifact): Promise<Buffer> {
  const need: Need = { to: `download the artifact ${artifact.name}`, permission: 'actions', access: 'read' }
  if (artifact.size > LARGEST) throw tooLarge(artifact)
  const location = await locate(github, artifact, need)
  const answer = await fetch(location).catch((error: unknown) => {
    throw new UserError(`The artifact ${artifact.name} cannot be downloaded: there is no answer.`, { cause: error })
  })
  if (!answer.ok || answer.body === null) {
    throw new UserError(`The artifact ${artifact.name} cannot be downloaded (${answer.status}).`, { cure: 'Run this job again.' })
  }
  const bytes = await readAtMost(answer.body, artifact)
  // A zip's first bytes (PKWARE, APPNOTE 4.3.7).
  if (bytes.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004', 'latin1'))) {
    throw new UserError(`The artifact ${artifact.name} is an archive, and Mayfly stores none.`, {
      cure: 'Do not upload anything under that name yourself.',
    })
  }
  return bytes
}

async function readAtMost(body: AsyncIterable<Uint8Array>, artifact: StoredArtifact): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of body) {
      size += part.length
      if (size > LARGEST) throw tooLarge(artifact)
      parts.push(part)
    }
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`The artifact ${artifact.name} cannot be downloaded: the connection broke off.`, {
      cure: 'Run this job again.',
      cause: error,
    })
  }
  return Buffer.concat(parts)
}

async function locate(github: GitHub, { id }: StoredArtifact, need: Need): Promise<string> {
  const route = 'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}'
  const elsewhere = { redirect: 'manual' } as const
  const asked = { ...github.place, artifact_id: id, archive_format: 'zip', request: elsewhere }
  const answer = await github.api.request(route, asked).catch((error: unknown) => {
    throw explain(error, need, 'GET')
  })
  const location = String(answer.headers.location ?? '')
  if (/^https?:$/.test(URL.canParse(location) ? new URL(location).protocol : '')) return location
  throw unreadable(`to ${need.to}, it named no address`)
}

function tooLarge({ name }: StoredArtifact): UserError {
  return new UserError(`The artifact ${name} is larger than ${LARGEST / 1024 / 1024} MB.`, { cure: 'Measure less in one run.' })
}
