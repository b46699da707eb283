import { notFound, Refusal } from '../refusal.ts'
import { accountShape } from '../shapes/repository.ts'
import type { PackageVersionRecord } from '../state.ts'
import type { AccountRoutes, Call } from './route.ts'

/** Of a public version that more have pulled GitHub does not let go (docs.github.com/rest/packages). */
const MOST_DOWNLOADS = 5000

export const packageRoutes: AccountRoutes = {
  'users/get-by-username': {
    needs: undefined,
    serve: (call) => {
      const known = call.state.users.get(call.parameters.username ?? '')
      if (known === undefined) throw notFound()
      return { status: 200, body: accountShape(call.links, call.state, known) }
    },
  },
  'packages/get-all-package-versions-for-package-owned-by-org': { needs: 'read', serve: list('org', true) },
  'packages/get-all-package-versions-for-package-owned-by-user': { needs: 'read', serve: list('username', false) },
  'packages/delete-package-version-for-org': { needs: 'write', serve: remove('org', true) },
  'packages/delete-package-version-for-user': { needs: 'write', serve: remove('username', false) },
}

function list(parameter: 'org' | 'username', organization: boolean) {
  return (call: Call) => ({ list: find(call, parameter, organization).map((version) => shape(call, parameter, version)) })
}

function remove(parameter: 'org' | 'username', organization: boolean) {
  return (call: Call) => {
    const versions = find(call, parameter, organization)
    const at = versions.findIndex((version) => version.id === Number(call.parameters.package_version_id))
    const version = versions[at]
    if (version === undefined) throw new Refusal(404, 'Package not found.')
    if (versions.length === 1)
      throw new Refusal(400, 'You cannot delete the last version of a package. You must delete the package instead.')
    if (version.downloads > MOST_DOWNLOADS)
      throw new Refusal(400, 'Publicly visible package versions with more than 5000 downloads cannot be deleted.')
    versions.splice(at, 1)
    return { status: 204 }
  }
}

/** GitHub answers 404 to who asks a person's route for an organization's package. */
function find(call: Call, parameter: 'org' | 'username', organization: boolean): PackageVersionRecord[] {
  const login = call.parameters[parameter] ?? ''
  const found = call.state.packages.get(`${login}/${call.parameters.package_name}`.toLowerCase())
  if (found === undefined || (call.state.user(login).type === 'Organization') !== organization)
    throw new Refusal(404, 'Package not found.')
  return found
}

function shape({ links, parameters }: Call, parameter: 'org' | 'username', version: PackageVersionRecord) {
  const name = encodeURIComponent(parameters.package_name ?? '')
  const place = `${parameter === 'org' ? 'orgs' : 'users'}/${parameters[parameter]}/packages/container/${name}`
  return {
    id: version.id,
    name: version.digest,
    url: `${links.api}/${place}/versions/${version.id}`,
    package_html_url: `${links.html}/${place}`,
    html_url: `${links.html}/${place}/${version.id}`,
    created_at: version.createdAt,
    updated_at: version.createdAt,
    metadata: { package_type: 'container', container: { tags: version.tags } },
  }
}
