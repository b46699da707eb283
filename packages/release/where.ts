import { contentReader, digestsAt } from './content.ts'
import { findArtifact } from './find-artifact.ts'
import { runningOn } from './running.ts'
import { type NotChecked, readLedger, type Tracing } from './tracing.ts'
import { whereCommit } from './where-commit.ts'
import type { Whereabouts } from './whereabouts.ts'

/**
 * Says which artifacts hold a commit, or what an artifact is, and where each of them runs since when.
 * @param text a commit (any name that git knows, also a short hash) or an artifact (see `findArtifact`).
 * @throws UserError where it is neither.
 */
export async function where(tracing: Tracing, text: string): Promise<Whereabouts> {
  const notChecked: NotChecked[] = []
  // No commit's name has a colon, nor an @ but git's own: `@`, `@{1}`, `main@{yesterday}`.
  const isArtifact = /[@:]/.test(text) && !/^@$|@\{/.test(text)
  return isArtifact ? whereArtifact(tracing, text, notChecked) : whereCommit(tracing, text, notChecked)
}

async function whereArtifact(tracing: Tracing, text: string, notChecked: NotChecked[]): Promise<Whereabouts> {
  const [running, entries] = await Promise.all([runningOn(tracing.hosts, notChecked), readLedger(tracing, notChecked)])
  const found = await findArtifact(tracing, text, entries, running)
  const { digest, repository, entry } = found
  const digests = await digestsAt(contentReader(tracing.registries), repository, digest, notChecked)
  const own = running.filter((one) => one.digests.some((each) => digests.includes(each)))
  const name = found.version === '' ? found.name : `${found.name}@${found.version}`
  const about = {
    artifact: name,
    digest,
    released: entry !== undefined,
    revision: entry?.revision ?? own[0]?.revision ?? '',
    pullRequest: entry?.pullRequest ?? own[0]?.pullRequest,
    createdAt: entry?.createdAt,
    running: own,
  }
  return { kind: 'artifact', what: repository === '' ? digest : `${repository}@${digest}`, artifacts: [about], notChecked }
}
