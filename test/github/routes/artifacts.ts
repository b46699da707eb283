import { notFound } from '../refusal.ts'
import { apiOf, nodeId } from '../shapes/repository.ts'
import type { ArtifactRecord } from '../state.ts'
import type { Needs, RepositoryCall, Routes } from './route.ts'

const READ: Needs = [['actions', 'read']]
const DAY = 24 * 60 * 60 * 1000

export const artifactRoutes: Routes = {
  'actions/list-artifacts-for-repo': {
    needs: READ,
    serve: (call) => ({ field: 'artifacts', list: listed(call, () => true) }),
  },
  'actions/list-workflow-run-artifacts': {
    needs: READ,
    serve: (call) => ({ field: 'artifacts', list: listed(call, ({ run }) => run === Number(call.parameters.run_id)) }),
  },
  'actions/download-artifact': {
    needs: READ,
    // GitHub answers with an address elsewhere that is good for a minute and needs no token.
    serve: ({ links, repository, parameters }) => {
      const artifact = repository.artifacts.get(Number(parameters.artifact_id))
      if (artifact === undefined) throw notFound()
      return { status: 302, headers: { location: `${links.html}/_artifacts/${repository.fullName}/${artifact.id}` } }
    },
  },
}

/** The newest first, as GitHub lists them. */
function listed(call: RepositoryCall, fits: (artifact: ArtifactRecord) => boolean) {
  const name = call.query.get('name')
  const artifacts = [...call.repository.artifacts.values()].filter((one) => (name ?? one.name) === one.name && fits(one))
  return artifacts.reverse().map((artifact) => shape(call, artifact))
}

function shape({ links, repository }: RepositoryCall, artifact: ArtifactRecord) {
  const url = `${apiOf(links, repository)}/actions/artifacts/${artifact.id}`
  return {
    id: artifact.id,
    node_id: nodeId('A', artifact.id),
    name: artifact.name,
    size_in_bytes: artifact.bytes.length,
    url,
    archive_download_url: `${url}/zip`,
    expired: false,
    created_at: artifact.createdAt,
    updated_at: artifact.createdAt,
    expires_at: new Date(Date.parse(artifact.createdAt) + 90 * DAY).toISOString(),
    workflow_run: {
      id: artifact.run,
      repository_id: repository.id,
      head_repository_id: artifact.headRepositoryId,
      head_branch: artifact.headBranch,
      head_sha: artifact.headSha,
    },
  }
}
