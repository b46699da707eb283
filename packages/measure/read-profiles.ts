import type { ProfileMeasured } from '@mayfly/core'
import type { Recorded } from '@mayfly/environment'
import { containerPaths } from './container-paths.ts'
import type { Repository } from './gather.ts'
import { readHookFiles } from './hook/read.ts'
import type { Raw } from './measure-running.ts'
import { readProfile } from './profile.ts'
import { frameResolver } from './profile-frames.ts'
import { coverageSpecs } from './spec.ts'

/** The profiles of each service, its frames where they are written in the repository. Services without any are left out. */
export function readProfiles(
  raw: Raw,
  { isolated }: Recorded,
  repository: Repository,
): { profiles: ProfileMeasured[]; notices: string[] } {
  const profiles: ProfileMeasured[] = []
  const notices: string[] = []
  for (const spec of coverageSpecs(isolated).asked) {
    const files = raw.hooks.find(({ service }) => service === spec.service)?.files ?? []
    const { scripts, profiles: found } = readHookFiles(files)
    const toRepository = containerPaths(spec, raw.directories.get(spec.service) ?? '', repository.files)
    const resolve = frameResolver(scripts, { toRepository, readSource: repository.read })
    for (const kind of ['cpu', 'heap'] as const) {
      const own = found.filter((one) => one.kind === kind)
      if (own.length === 0) continue
      const read = readProfile(kind, own, resolve)
      profiles.push({ service: spec.service, ...read.profile })
      notices.push(...read.notices.map((notice) => `${spec.service}: ${notice}`))
    }
  }
  return { profiles, notices }
}
