import { relative } from 'node:path'
import { UserError } from '@mayfly/core'
import { inspectImage, loadArchive } from '@mayfly/engine'
import { assemble, type Base, type Image, layerOf, thinArchive } from '@mayfly/oci'
import type { FunctionSource, Service } from '@mayfly/project'
import semver from 'semver'
import { baseInEngine, baseInRegistry, ensureBase } from './base.ts'
import { bundle } from './bundle.ts'
import { installDependencies, type LookedFor, lookForDependencies } from './dependencies.ts'
import { packageEntries } from './external.ts'
import { functionEntries, runOf } from './function-layout.ts'
import { areSame, inputsBeyond, trackedIn, writeInputs } from './inputs.ts'
import { functionKey } from './key.ts'
import { imageLabels, saidOnly } from './labels.ts'
import { keyTag, nameArtifact } from './name.ts'
import type { Shelf } from './present.ts'
import { pushImage } from './push.ts'
import { type ArtifactRequest, engineOf, type FunctionContent, type PlannedFunction } from './request.ts'
import { hashAbove, hashTree, isLocked } from './tree.ts'
import type { Workshop } from './workshop.ts'

/** Node.js versions that functions run on, the preferred one first; odd ones live half a year. */
const MAJORS = [24, 26, 22, 20, 28, 25, 27, 23, 21]

/**
 * Finds out whether a function was built before, from what git says of its folder; where it was not, or git cannot say,
 * bundles it. @throws UserError with file and line where it does not compile.
 */
export async function planFunction(
  request: ArtifactRequest,
  service: Service,
  source: FunctionSource,
  shelf: Shelf,
  workshop: Workshop,
): Promise<PlannedFunction> {
  const { root } = request.project
  const file = `${relative(root, source.directory)}/package.json`
  const node = nodeMajor(source.node, `${file}: engines.node`)
  const reference = source.base ?? `node:${node}-slim`
  const base =
    request.registry === undefined
      ? await baseInEngine(request, reference)
      : await baseInRegistry(
          request,
          reference,
          source.base === undefined ? `${file}: the base of Node.js ${node}` : `${file}: mayfly.base`,
        )
  const planned = {
    kind: 'function',
    service: service.name,
    source,
    node,
    reference,
    base,
    name: nameArtifact(request, service).name,
  } as const
  const locked = isPinned(request, source)
  const known = base !== undefined && locked ? await keyOf(request, service, planned, base, workshop) : undefined
  let looked: Promise<LookedFor> | undefined
  if (base !== undefined && known !== undefined) {
    const name = nameArtifact(request, service)
    const asked = shelf(name, known, (inputs) => areSame(root, inputs))
    // While that is under way it is looked for what the bundler needs, as far as that costs nothing.
    looked = lookForDependencies(source.directory, root)
    looked.catch(() => {})
    workshop.installed()
    const present = await asked
    if (present !== undefined) return { ...planned, key: known, present, content: undefined, action: 'reuse', why: REUSED }
    workshop.begin(name.repository, base)
  }
  const content = await contentOf(request, planned, workshop, looked)
  if (base === undefined) {
    return {
      ...planned,
      key: '',
      present: undefined,
      content,
      action: 'build',
      why: `The engine does not have ${reference} yet.`,
    }
  }
  const key = known ?? (await keyOf(request, service, planned, base, workshop, content))
  const present = locked ? undefined : await shelf(nameArtifact(request, service), key)
  return {
    ...planned,
    key,
    present,
    content,
    action: present === undefined ? 'build' : 'reuse',
    why: present === undefined ? NEW : REUSED,
  }
}

const NEW = 'Nothing was built from these files, base and options before.'
const REUSED = 'The same files, base and options.'

/** Whether the versions of what it depends on are written down, so that its folder says all. */
function isPinned(request: ArtifactRequest, source: FunctionSource): boolean {
  return Object.keys(source.dependencies).length === 0 || isLocked(request.project.root, source.directory)
}

async function contentOf(
  request: ArtifactRequest,
  { source, node }: Pick<PlannedFunction, 'source' | 'node'>,
  workshop: Workshop,
  looked?: Promise<LookedFor>,
): Promise<FunctionContent> {
  const { root } = request.project
  const { directory } = source
  const [dependencies, esbuild, runtime] = await Promise.all([
    installDependencies(directory, root, request.tools, request.log, looked),
    workshop.esbuild(),
    workshop.runtime(),
  ])
  const { entry, external } = source
  const bundling = bundle({ esbuild, root, entry, node, dependencies, external, log: request.log })
  const tracked = workshop
    .committed(directory)
    .then((tree) => tree?.files ?? trackedIn(root, directory, request.tools.env.PATH ?? ''))
  const [bundled, known] = await Promise.all([bundling, tracked])
  const beyond = await inputsBeyond(root, directory, bundled.sources, known)
  return { bundle: bundled, runtime, dependencies, inputs: writeInputs(beyond) }
}

/** @param content where no lock file says what the dependencies are: then only the bundle itself does. */
async function keyOf(
  request: ArtifactRequest,
  service: Service,
  { source, node }: Pick<PlannedFunction, 'source' | 'node'>,
  base: Base,
  workshop: Workshop,
  content?: FunctionContent,
): Promise<string> {
  const { root } = request.project
  const [tree, above, runtime] = await Promise.all([
    workshop
      .committed(source.directory)
      .then((tree) => tree?.hash ?? hashTree(root, source.directory, request.tools.env.PATH ?? '', request.dirty === '')),
    hashAbove(root, source.directory),
    workshop.runtime(),
  ])
  return functionKey({
    service: service.name,
    version: source.version,
    folder: relative(root, source.directory),
    tree,
    above,
    node,
    base: base.digest,
    runtime,
    bundle: content?.bundle.code,
  })
}

/** An image for the engine's own store, or for a registry. Returns the reference to deploy. */
export async function buildFunction(
  request: ArtifactRequest,
  service: Service,
  planned: PlannedFunction,
  workshop: Workshop,
): Promise<{ reference: string; key: string }> {
  const base = planned.base ?? (await ensureBase(request, planned.reference))
  const content = planned.content ?? (await contentOf(request, planned, workshop))
  const locked = Object.keys(planned.source.dependencies).length === 0 || isLocked(request.project.root, planned.source.directory)
  const key = planned.key || (await keyOf(request, service, planned, base, workshop, locked ? undefined : content))
  const image = await assembleFunction(request, service, planned, content, base, key)
  const name = nameArtifact(request, service)
  if (request.registry !== undefined) {
    const { node } = planned
    const { packages } = content.bundle
    const attested = { name, key, kind: 'function', base, parameters: { node: String(node) }, packages } as const
    return { key, reference: await pushImage(request, image, attested, [keyTag(key)], await workshop.mounted(name.repository)) }
  }
  await loadArchive(engineOf(request), thinArchive(image, name.tag))
  const facts = await inspectImage(engineOf(request), name.tag)
  // Classic store: the id is the configuration's digest. containerd's: the manifest's.
  if (facts === undefined || (facts.id !== image.config.digest && facts.id !== image.manifest.digest)) {
    throw new Error(`The engine made ${facts?.id ?? 'nothing'} of ${image.config.digest} (${name.tag}).`)
  }
  return { key, reference: facts.id }
}

async function assembleFunction(
  request: ArtifactRequest,
  service: Service,
  { source, node }: PlannedFunction,
  content: FunctionContent,
  base: Base,
  key: string,
): Promise<Image> {
  const mtime = Math.floor(request.committedAt.getTime() / 1000)
  const { ttl, license, dependencies } = source
  const facts = { key, base, runtime: `node${node}`, inputs: content.inputs, ttl, license, dependencies }
  const labels = saidOnly(imageLabels(request, service.name, nameArtifact(request, service), facts))
  const packages = await packageEntries(source, request.project.root, content.dependencies)
  // Packages lie below: they change seldom, and a push of new code then sends the code alone.
  const layers = [...(packages.length === 0 ? [] : [layerOf(packages, 0, true)]), layerOf(functionEntries(content), mtime, false)]
  return assemble({
    base,
    layers,
    run: runOf(service.name, request.revision),
    labels,
    annotations: labels,
    created: request.committedAt,
  })
}

/** Of ranges as nearly all are written, such as `>=24` and `^24.1.0`: others cost the whole of semver at each start. */
function simpleMajor(range: string): number | undefined {
  const [, operator, digits] = /^(>=|\^|~|)([1-9]\d?)(?:\.x|(?:\.(?:0|[1-9]\d?)){1,2})?$/.exec(range) ?? []
  const named = Number(digits)
  return MAJORS.find((version) => (operator === '>=' ? version >= named : version === named))
}

function fittingMajor(range: string): number | undefined {
  const valid = semver.validRange(range)
  return valid === null ? undefined : MAJORS.find((version) => semver.intersects(valid, `${version}.x`))
}

/** The preferred version of Node.js that `engines.node` admits. @throws UserError where it admits none. */
export function nodeMajor(range: string | undefined, field: string): number {
  if (range === undefined) return 24
  const major = simpleMajor(range) ?? fittingMajor(range)
  if (major === undefined) {
    throw new UserError(`${field} is "${range}", which admits no Node.js that functions run on.`, {
      cure: 'Write "engines": { "node": ">=24" }.',
    })
  }
  return major
}
