import { LABEL, type Labels, OCI } from '@mayfly/core'
import type { StoredImage } from '@mayfly/engine'
import type { Entry } from '@mayfly/ledger'
import { type Attached, readAttached } from './attached.ts'
import { type Content, contentReader, textsOf } from './content.ts'
import { type Found, findArtifact } from './find-artifact.ts'
import { digestsOf, type Running, runningIn, type SeenEnvironment, seeEnvironments } from './running.ts'
import { attempt, type NotChecked, readLedger, type Tracing } from './tracing.ts'

/** Everything that is known of one artifact. Texts of labels and documents are whoever's who wrote them. */
export interface Inspection extends Found {
  /** How it is deployed: by digest. */
  reference: string
  /** Bytes of its layers as they travel; where only an engine has it, unpacked. Undefined: not known. */
  size: number | undefined
  platforms: readonly string[]
  /** ISO 8601; the time of the commit. Empty where it is not said. */
  created: string
  /** The commit that it was built from; `entry.revision` is the one that was released, which may be its merge. */
  revision: string
  source: string
  licenses: string
  base: { name: string; digest: string } | undefined
  runtime: string
  /** A duration. */
  ttl: string
  pullRequest: number | undefined
  key: string
  /** Name to semver range. */
  dependencies: Labels
  labels: Labels
  annotations: Labels
  attached: readonly Attached[]
  running: readonly Running[]
  notChecked: readonly NotChecked[]
}

/**
 * Says everything that ledger, registry and hosts know of an artifact. Where one of them does not answer, it is named
 * and the others are told.
 * @param text see `findArtifact`.
 * @throws UserError where there is no such artifact.
 */
export async function inspectArtifact(tracing: Tracing, text: string): Promise<Inspection> {
  const notChecked: NotChecked[] = []
  const [entries, seen] = await Promise.all([readLedger(tracing, notChecked), seeEnvironments(tracing.hosts, notChecked)])
  const all = seen.flatMap(runningIn)
  const found = await findArtifact(tracing, text, entries, all)
  const { repository, digest } = found
  const [content, attached] = await Promise.all([readContent(tracing, found, notChecked), attachedTo(tracing, found, notChecked)])
  const digests = new Set([digest, ...(content?.digests ?? [])])
  const running = all.filter((one) => one.digests.some((each) => digests.has(each)))
  const stored = content === undefined ? onHosts(seen, digests) : undefined
  const labels = content?.labels ?? stored?.labels ?? {}
  return {
    ...found,
    reference: repository === '' ? digest : `${repository}@${digest}`,
    size: content?.size ?? stored?.size,
    platforms: content?.platforms ?? [],
    ...saidBy({ ...labels, ...content?.annotations }, content, found.entry),
    labels,
    annotations: content?.annotations ?? {},
    attached: attached ?? [],
    running,
    notChecked,
  }
}

async function readContent(tracing: Tracing, { repository, digest }: Found, notChecked: NotChecked[]) {
  if (repository === '') return undefined
  const what = `${repository}@${digest}`
  const content = await attempt(notChecked, what, async () => ({
    is: await contentReader(tracing.registries)(repository, digest),
  }))
  if (content !== undefined && content.is === undefined) notChecked.push({ what, why: 'the registry does not have it' })
  return content?.is
}

async function attachedTo({ registries }: Tracing, { repository, digest }: Found, notChecked: NotChecked[]) {
  if (repository === '') return undefined
  return attempt(notChecked, `what is attached to ${digest}`, () => readAttached(registries, repository, digest))
}

/** The image on a host that runs it, where no registry tells of it. */
function onHosts(seen: readonly SeenEnvironment[], digests: ReadonlySet<string>): StoredImage | undefined {
  const images = seen.flatMap((one) => [...one.images.values()])
  return images.find((image) => digestsOf(image.id, image).some((digest) => digests.has(digest)))
}

/** Labels by their meaning. What the ledger says stands over what an image says of itself. */
function saidBy(labels: Labels, content: Content | undefined, entry: Entry | undefined) {
  const said = (key: string) => labels[key] ?? ''
  const number = Number(said(LABEL.pullRequest))
  const [name, digest] = [said(OCI.baseName), said(OCI.baseDigest) || (entry?.base ?? '')]
  return {
    created: content?.created ?? (said(OCI.created) || (entry?.createdAt.toISOString() ?? '')),
    revision: said(LABEL.revision) || said(OCI.revision),
    source: said(OCI.source),
    licenses: said(OCI.licenses),
    base: name === '' && digest === '' ? undefined : { name, digest },
    runtime: said(LABEL.runtime),
    ttl: said(LABEL.ttl),
    pullRequest: entry?.pullRequest ?? (Number.isSafeInteger(number) && number > 0 ? number : undefined),
    key: entry?.key || said(LABEL.key),
    dependencies: rangesOf(said(LABEL.dependencies)),
  }
}

function rangesOf(text: string): Labels {
  if (text === '') return {}
  try {
    return textsOf(JSON.parse(text))
  } catch {
    return {}
  }
}
