import { inspectImage } from '@mayfly/engine'
import type { Service } from '@mayfly/project'
import { runBuild } from './dockerfile-image.ts'
import { buildFunction, finalKey } from './function-image.ts'
import { buildFiles, filesKey } from './mounted-files.ts'
import { nameArtifact } from './name.ts'
import { inBuildOrder } from './order.ts'
import { digestOf, readShelf, takePresent } from './present.ts'
import { makeImage } from './ready-image.ts'
import type { Artifact, ArtifactRequest, PlannedArtifact, PlannedFiles } from './request.ts'
import { allOrEveryError, limiter } from './settle.ts'

/** More at once only fight for the engine's processors. */
const AT_ONCE = 3

/** An artifact, and a name that another build can start from. */
interface Made {
  artifact: Artifact
  base: string
}

/**
 * Builds and pulls what is missing, at most three at a time. In the order of the project's services.
 * @throws UserError naming every build that failed, with its step and last lines.
 */
export async function makeArtifacts(request: ArtifactRequest, planned: readonly PlannedArtifact[]): Promise<Artifact[]> {
  const { services } = request.project
  const slot = limiter(AT_ONCE)
  const making = new Map<string, Promise<Made>>()
  for (const service of inBuildOrder(services)) {
    const plan = planned.find((one) => one.service === service.name)
    if (plan === undefined) throw new Error(`${service.name} was not planned`)
    making.set(service.name, make(request, service, plan, making, slot))
  }
  const made = await allOrEveryError(services.flatMap((service) => making.get(service.name) ?? []))
  return made.map(({ artifact }) => artifact)
}

async function make(
  request: ArtifactRequest,
  service: Service,
  planned: PlannedArtifact,
  making: ReadonlyMap<string, Promise<Made>>,
  slot: ReturnType<typeof limiter>,
): Promise<Made> {
  if (planned.kind === 'files') return makeWithFiles(request, service, planned, making, slot)
  if (planned.kind === 'image') return { artifact: await slot(() => makeImage(request, planned)), base: planned.name }
  if (planned.present !== undefined) {
    const artifact = await takePresent(request, service, planned.present)
    if (artifact !== undefined) return { artifact, base: planned.present.tag }
  }
  const base = nameArtifact(request, service).tag
  if (planned.kind === 'build') {
    const bases = new Map<string, string>()
    for (const name of planned.needs) {
      const needed = await making.get(name)
      if (needed !== undefined) bases.set(name, needed.base)
    }
    const reference = await slot(() => runBuild(request, service, planned, bases))
    return { artifact: await describe(request, service, planned.key, reference), base }
  }
  return slot(async () => {
    const key = await finalKey(request, service, planned)
    // The key was open until the base image was there: only now can it be looked up.
    const present = planned.key === key ? undefined : (await readShelf(request))(nameArtifact(request, service), key)
    const artifact = present === undefined ? undefined : await takePresent(request, service, present)
    if (present !== undefined && artifact !== undefined) return { artifact, base: present.tag }
    return { artifact: await describe(request, service, key, await buildFunction(request, service, planned, key)), base }
  })
}

/** What is under the files first, then the files: where both are there already, neither is built. */
async function makeWithFiles(
  request: ArtifactRequest,
  service: Service,
  planned: PlannedFiles,
  making: ReadonlyMap<string, Promise<Made>>,
  slot: ReturnType<typeof limiter>,
): Promise<Made> {
  const tag = nameArtifact(request, service).tag
  if (planned.present !== undefined) {
    const artifact = await takePresent(request, service, planned.present)
    if (artifact !== undefined) return { artifact, base: planned.present.tag }
  }
  const inner = await make(request, service, planned.inner, making, slot)
  const key = filesKey(inner.artifact.key, planned.files)
  const reference = await slot(() => buildFiles(request, service, inner.base, key))
  return { artifact: await describe(request, service, key, reference), base: tag }
}

async function describe(request: ArtifactRequest, service: Service, key: string, reference: string): Promise<Artifact> {
  const facts = await inspectImage(request.engine, reference)
  return {
    service: service.name,
    name: nameArtifact(request, service).name,
    reference,
    digest: digestOf(reference),
    revision: request.revision,
    key,
    reused: false,
    ports: facts?.ports ?? [],
  }
}
