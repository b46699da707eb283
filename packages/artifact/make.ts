import { limiter } from '@mayfly/core'
import { inspectImage } from '@mayfly/engine'
import type { Service } from '@mayfly/project'
import { PORT } from '@mayfly/runtime'
import type { Attested } from './attest.ts'
import { runBuild } from './dockerfile-image.ts'
import { buildFunction } from './function-image.ts'
import { buildFiles, filesKey } from './mounted-files.ts'
import { nameArtifact } from './name.ts'
import { inBuildOrder } from './order.ts'
import { planArtifacts } from './plan.ts'
import { digestOf, takePresent } from './present.ts'
import { makeImage } from './ready-image.ts'
import { registerImage } from './register.ts'
import { type Artifact, type ArtifactRequest, engineOf, type PlannedArtifact, type PlannedFiles } from './request.ts'
import { allOrEveryError } from './settle.ts'
import { openWorkshop, type Workshop } from './workshop.ts'

/** More at once only fight for the engine's processors. */
const AT_ONCE = 3

const NEW = 'Nothing was built from these files, base and options before.'

/** An artifact, and a name that another build can start from. */
interface Made {
  artifact: Artifact
  base: string
}

interface Shop {
  request: ArtifactRequest
  workshop: Workshop
  slot: ReturnType<typeof limiter>
  making: Map<string, Promise<Made>>
}

/**
 * Plans and makes in one, where nobody looks at the plan in between: pushing then begins while functions are still bundled.
 * @throws UserError as `planArtifacts` and `makeArtifacts` do.
 */
export async function buildArtifacts(request: ArtifactRequest): Promise<Artifact[]> {
  const workshop = openWorkshop(request, true)
  return makeArtifacts(request, await planArtifacts(request, workshop), workshop)
}

/**
 * Builds and pulls what is missing, at most three at a time. In the order of the project's services.
 * @throws UserError naming every build that failed, with its step and last lines.
 */
export async function makeArtifacts(
  request: ArtifactRequest,
  planned: readonly PlannedArtifact[],
  workshop = openWorkshop(request, true),
): Promise<Artifact[]> {
  const { services } = request.project
  const making = new Map<string, Promise<Made>>()
  const shop: Shop = { request, workshop, slot: limiter(AT_ONCE), making }
  for (const service of inBuildOrder(services)) {
    const plan = planned.find((one) => one.service === service.name)
    if (plan === undefined) throw new Error(`${service.name} was not planned`)
    making.set(service.name, make(shop, service, plan))
  }
  const made = await allOrEveryError(services.flatMap((service) => making.get(service.name) ?? []))
  return made.map(({ artifact }) => artifact)
}

async function make(shop: Shop, service: Service, planned: PlannedArtifact): Promise<Made> {
  const { request, slot } = shop
  if (planned.kind === 'image') return { artifact: await slot(() => makeImage(request, planned)), base: planned.name }
  if (planned.present !== undefined) {
    const artifact = await takePresent(request, service, planned.present)
    if (artifact !== undefined) return { artifact, base: planned.present.from }
  }
  if (planned.kind === 'files') return makeWithFiles(shop, service, planned)
  if (planned.kind === 'function') {
    return slot(async () => {
      const { key, reference } = await buildFunction(request, service, planned, shop.workshop)
      return described(request, service, key, reference, [PORT])
    })
  }
  const bases = new Map<string, string>()
  for (const name of planned.needs) {
    const needed = await shop.making.get(name)
    if (needed !== undefined) bases.set(name, needed.base)
  }
  const built = await slot(() => runBuild(request, service, planned, bases))
  return placed(request, service, planned.key, built, { kind: 'build', parameters: planned.source.args })
}

/** What is under the files first, then the files: where both are there already, neither is built. */
async function makeWithFiles(shop: Shop, service: Service, planned: PlannedFiles): Promise<Made> {
  const { request, slot } = shop
  const inner = await make(shop, service, planned.inner)
  const key = filesKey(inner.artifact.key, planned.files)
  const built = await slot(() => buildFiles(request, service, inner.base, key))
  return placed(request, service, key, built, { kind: 'files', parameters: { inner: inner.artifact.name } })
}

/** What the engine has built, brought to where artifacts are kept. */
async function placed(
  request: ArtifactRequest,
  service: Service,
  key: string,
  built: string,
  how: Pick<Attested, 'kind' | 'parameters'>,
): Promise<Made> {
  const ports = (await inspectImage(engineOf(request), built))?.ports ?? []
  if (request.registry === undefined) return described(request, service, key, built, ports)
  const attested = { ...how, name: nameArtifact(request, service), key, base: undefined, packages: undefined }
  return described(request, service, key, await registerImage(request, built, attested), ports)
}

function described(request: ArtifactRequest, service: Service, key: string, reference: string, ports: number[]): Made {
  const { name, tag } = nameArtifact(request, service)
  const { revision, pullRequest } = request
  const origin = pullRequest === undefined ? {} : { pullRequest }
  const artifact = {
    service: service.name,
    name,
    reference,
    digest: digestOf(reference),
    revision,
    key,
    reused: false,
    why: NEW,
    ports,
    ...origin,
  }
  // In a registry a tag can be moved by others while this runs; what a build starts from is named by its digest.
  return { artifact, base: request.registry === undefined ? tag : reference }
}
