import { relative } from 'node:path'
import { type Artifact, type ArtifactRequest, makeArtifacts, planArtifacts } from '@mayfly/artifact'
import { OCI, type ReleasedService, UserError } from '@mayfly/core'
import { checkRelease, type Entry, listEntries, proposeVersion } from '@mayfly/ledger'
import { parseReference } from '@mayfly/oci'
import type { Service } from '@mayfly/project'
import { readManifest } from '@mayfly/registry'
import { type Publishing, publish } from './publish.ts'

/** What one service is released as. */
export interface ServiceRelease extends ReleasedService {
  artifact: Artifact
}

export interface ReleaseWanted {
  /** `package`: the versions that package.json files say. `auto`: what the commits since the last release ask for. */
  version: 'package' | 'auto'
}

/**
 * Releases a checkout: each service of its own making under `name@version`, for good. What was built and tested before is
 * taken by its key and not built again; a version that holds the same is left as it is. Everything is checked before
 * anything is built, and everything is built before the first version is claimed.
 * @throws UserError where a version is missing, malformed, lower than a released one, or taken by other bytes.
 */
export async function release(
  publishing: Publishing,
  request: ArtifactRequest,
  wanted: ReleaseWanted,
): Promise<ServiceRelease[]> {
  if (request.registry === undefined) {
    throw new UserError('A release needs a registry: an engine forgets its images.', {
      cure: 'Set registry, for example to ghcr.io/acme/shop.',
    })
  }
  if (request.dirty !== '') {
    throw new UserError('The checkout holds changes that are not committed, and a release is what a commit says.', {
      cure: 'Commit them, or take them back; `git status` lists them.',
    })
  }
  const entries = publishing.ledger === undefined ? [] : await listEntries(publishing.ledger)
  const versions = await chooseVersions(publishing, request, wanted, entries)
  const versioned = { ...request, versions: new Map(versions.map(({ service, version }) => [service.name, version])) }
  const made = await makeArtifacts(versioned, await planArtifacts(versioned))
  const releases: ServiceRelease[] = []
  for (const artifact of made) {
    const version = versioned.versions.get(artifact.service)
    const one = version === undefined ? readyImage(artifact) : await releaseOne(publishing, request, artifact, version, entries)
    // Also what was released before belongs to this release's project from here on.
    releases.push({ ...one, artifact: { ...one.artifact, releasedAt: request.revision } })
  }
  return releases
}

function readyImage(artifact: Artifact): ServiceRelease {
  return {
    service: artifact.service,
    version: undefined,
    outcome: 'ready image',
    kept: '',
    why: 'It is published elsewhere.',
    artifact,
  }
}

async function releaseOne(
  publishing: Publishing,
  request: ArtifactRequest,
  artifact: Artifact,
  version: string,
  entries: readonly Entry[],
): Promise<ServiceRelease> {
  const { service, key, digest, reference } = artifact
  const standing = entries.find((entry) => entry.name === service && entry.version === version && entry.key === key)
  const { registry, repository } = parseReference(reference, `The artifact of ${service}`)
  const entry: Entry = standing ?? {
    name: service,
    version,
    digest,
    repository: `${registry}/${repository}`,
    revision: request.revision,
    key,
    base: await baseOf(publishing, reference),
    pullRequest: artifact.pullRequest,
    createdAt: request.committedAt,
  }
  // A version that stands is what it was, also where the same inputs were built again to other bytes since.
  const published = await publish(publishing, entry)
  const why = artifact.reused
    ? `Built at ${artifact.revision.slice(0, 7)} from the same inputs.`
    : 'Nothing was built from these inputs before.'
  return {
    service,
    version,
    outcome: published.outcome,
    kept: published.kept,
    why,
    artifact: {
      ...artifact,
      name: `${service}@${version}`,
      digest: entry.digest,
      reference: `${entry.repository}@${entry.digest}`,
    },
  }
}

/** The base that an artifact names; empty where it names none. */
async function baseOf({ registries }: Publishing, reference: string): Promise<string> {
  const { registry, repository, digest = '' } = parseReference(reference, 'The artifact')
  const stored = await readManifest(registries(registry), repository, digest)
  return stored?.manifest.annotations?.[OCI.baseDigest] ?? ''
}

interface Chosen {
  service: Service
  version: string
}

/** Every wrong version is told at once. */
async function chooseVersions(
  publishing: Publishing,
  request: ArtifactRequest,
  wanted: ReleaseWanted,
  entries: readonly Entry[],
): Promise<Chosen[]> {
  const chosen: Chosen[] = []
  const wrong: UserError[] = []
  for (const service of request.project.services) {
    if (service.source.kind === 'image') continue
    try {
      chosen.push({ service, version: await versionOf(publishing, request, wanted, service, entries) })
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      wrong.push(error)
    }
  }
  if (wrong.length === 0) return chosen
  throw new UserError(wrong.map(({ message }) => message).join('\n'), {
    cure: [...new Set(wrong.map(({ cure }) => cure ?? ''))].join('\n'),
  })
}

async function versionOf(
  { ledger }: Publishing,
  request: ArtifactRequest,
  wanted: ReleaseWanted,
  service: Service,
  entries: readonly Entry[],
): Promise<string> {
  const folder = folderOf(request, service)
  const field = `services.${service.name}, ${folder === '.' ? '' : `${folder}/`}package.json`
  if (wanted.version === 'package') return checkRelease(service.name, service.version, entries, field)
  if (ledger === undefined) {
    throw new UserError('version: auto needs the ledger: it counts from the last release.', {
      cure: 'Give the job permissions: contents: write.',
    })
  }
  const proposal = await proposeVersion(ledger, {
    name: service.name,
    revision: request.revision,
    paths: [folder],
    current: service.version,
  })
  const last = entries.filter((entry) => entry.name === service.name).at(-1)
  return proposal?.version ?? last?.version ?? checkRelease(service.name, service.version, entries, field)
}

/** Where a service's sources are, relative to the checkout. */
function folderOf({ project }: ArtifactRequest, { source }: Service): string {
  if (source.kind === 'image') return '.'
  return relative(project.root, source.kind === 'function' ? source.directory : source.context) || '.'
}
