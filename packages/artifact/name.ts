import { previewVersion, repositorySlug, shortHash, slug, versionTag } from '@mayfly/core'
import type { Service } from '@mayfly/project'
import type { ArtifactRequest } from './request.ts'

/** Where Mayfly keeps what it builds when there is no registry; the name of no machine (RFC 6762 keeps `.local` off the DNS). */
export const LOCAL = 'mayfly.local'

/** A tag holds 128 characters (github.com/opencontainers/distribution-spec, "Pulling manifests"). */
const LONGEST_TAG = 128

/** What one service's image is called. */
export interface ArtifactName {
  version: string
  /** `<repository>/<service>@<version>`. */
  name: string
  /** Where images of this service live, without a tag. Nothing but a build of ours gets a name in there. */
  repository: string
  /** For reading; nothing is deployed by it. A release's own tag is set when its version has been claimed, and not before. */
  tag: string
}

export function nameArtifact(
  request: Pick<ArtifactRequest, 'owner' | 'pullRequest' | 'revision' | 'registry' | 'dirty' | 'versions'>,
  service: Pick<Service, 'name' | 'version'>,
): ArtifactName {
  const [owner = '', repository = ''] = request.owner.split('/').slice(-2)
  const clean = previewVersion(service.version, request.pullRequest, request.revision)
  // What is not committed is no commit's: it gets a version of its own, by what lies there.
  const built = request.dirty === '' ? clean : `${clean}.dirty.${request.dirty}`
  const version = request.versions?.get(service.name) ?? built
  const place = request.registry?.replace(/\/+$/, '') ?? `${LOCAL}/${repositorySlug(`${owner}/${repository}`)}`
  const images = `${place}/${slug(service.name)}`
  return {
    version,
    name: `${slug(repository)}/${service.name}@${version}`,
    repository: images,
    tag: `${images}:${tagOf(built)}`,
  }
}

/** The tag alone, without the repository. */
export function tagIn({ repository, tag }: ArtifactName): string {
  return tag.slice(repository.length + 1)
}

function tagOf(version: string): string {
  const tag = versionTag(version)
  return tag.length <= LONGEST_TAG ? tag : `${tag.slice(0, LONGEST_TAG - 9)}-${shortHash(version)}`
}

/** The tag under which a registry is asked whether something was built before. */
export function keyTag(key: string): string {
  return `key-${key.slice(0, 40)}`
}
