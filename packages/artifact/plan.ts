import type { Service } from '@mayfly/project'
import { planBuild } from './dockerfile-image.ts'
import { planFunction } from './function-image.ts'
import { planFiles } from './mounted-files.ts'
import { inBuildOrder, needsOf } from './order.ts'
import { openShelf } from './present.ts'
import { planImage } from './ready-image.ts'
import type { ArtifactRequest, PlannedArtifact, PlannedFiles } from './request.ts'
import { allOrEveryError } from './settle.ts'
import { openWorkshop } from './workshop.ts'

/**
 * Finds out what each service's image is made of, which ones the engine has already and which must be built or pulled.
 * Changes nothing on the engine. In the order of the project's services.
 * @throws UserError naming every service that cannot be planned.
 */
export async function planArtifacts(
  request: ArtifactRequest,
  workshop = openWorkshop(request, false),
): Promise<PlannedArtifact[]> {
  const { services } = request.project
  const ordered = inBuildOrder(services)
  const shelf = openShelf(request)
  const keys = new Map<string, string>()
  const planned = new Map<string, Promise<PlannedArtifact>>()
  const planInner = async (service: Service): Promise<Exclude<PlannedArtifact, PlannedFiles>> => {
    const { source } = service
    if (source.kind === 'image') return planImage(request, service.name, source)
    if (source.kind === 'build') return planBuild(request, service, source, shelf, keys)
    return planFunction(request, service, source, shelf, workshop)
  }
  const plan = async (service: Service) => planFiles(request, service, await planInner(service), shelf)
  const followed = new Set(services.flatMap(needsOf))
  for (const service of ordered) {
    const one = plan(service)
    planned.set(service.name, one)
    const known = one.then(
      ({ key, name }) => keys.set(service.name, key || name),
      () => {},
    )
    // What starts from this image has its key in its own.
    if (followed.has(service.name)) await known
  }
  return allOrEveryError(services.flatMap((service) => planned.get(service.name) ?? []))
}
