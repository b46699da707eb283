import { LABEL, type Labels, OCI } from '@mayfly/core'
import type { ArtifactName } from './name.ts'
import type { ArtifactRequest } from './request.ts'

/**
 * The labels of an image that we build. Every one of our keys is written, the empty ones too: an image inherits the
 * labels of its base and of its Dockerfile, and those may be lies.
 */
export function imageLabels(request: ArtifactRequest, service: string, name: ArtifactName, key: string): Labels {
  const empty = Object.fromEntries(Object.values(LABEL).map((label) => [label, '']))
  return {
    ...empty,
    [OCI.created]: request.committedAt.toISOString(),
    [OCI.revision]: request.revision,
    [OCI.source]: request.source,
    [OCI.title]: service,
    [OCI.version]: name.version,
    [LABEL.owner]: request.owner,
    [LABEL.environment]: request.environment,
    [LABEL.kind]: request.pullRequest === undefined ? 'named' : 'preview',
    [LABEL.pullRequest]: request.pullRequest === undefined ? '' : String(request.pullRequest),
    [LABEL.revision]: request.revision,
    [LABEL.artifact]: name.name,
    [LABEL.key]: key,
    [LABEL.service]: service,
  }
}
