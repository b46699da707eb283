import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@mayfly/core'
import { unescaped } from './checks.ts'
import { exposedPort, portOf } from './dockerfile.ts'
import { oneLine } from './findings.ts'
import { FUNCTION_PORT, functionSource } from './functions.ts'
import { nearestVersion, readManifest } from './manifest.ts'
import { serviceFields, type Where } from './mayfly-fields.ts'
import { NOTHING } from './measure-fields.ts'
import type { ComposeBuild, ComposeModel, ComposeService } from './model.ts'
import { confine, shown } from './paths.ts'
import type { ImageSource, Service, Source } from './project.ts'

/** @param model found safe by the policy: every path in it is inside the checkout. */
export function toService(root: string, model: ComposeModel, name: string, where: Where): Service {
  const service = model.services[name]
  if (service === undefined) throw new Error(`${name} is not in the model`)
  const fields = serviceFields(name, service, where)
  const source = sourceOf(root, model, name, service, where)
  return {
    name,
    source,
    port: fields.port ?? declaredPort(service) ?? sourcePort(source),
    route: fields.route ?? (source.kind === 'function' ? source.route : undefined),
    version: versionOf(root, source),
    // A test service is not part of what it tests: nobody is led to it.
    public: fields.public && fields.test === undefined,
    coverage: fields.coverage ?? { ...NOTHING, kind: source.kind !== 'image' || runsCheckout(source, service) ? 'node' : 'none' },
    test: fields.test,
  }
}

/** A ready image of Node's runs code of the repository where that is mounted into it; a database only reads what is. */
function runsCheckout({ reference }: ImageSource, { volumes = [], command }: ComposeService): boolean {
  const node = /(?:^|\/)node(?:[:@]|$)/.test(reference) || /^(?:node|npm|npx|pnpm|yarn|tsx)$/.test(command?.[0] ?? '')
  return node && volumes.some(({ type }) => type === 'bind')
}

/** @throws UserError where two services have the same route. */
export function checkRoutes(services: readonly Service[]): void {
  const owners = new Map<string, string>()
  for (const { name, route } of services) {
    if (route === undefined) continue
    const other = owners.get(route)
    if (other !== undefined) {
      throw new UserError(`${other} and ${name} both have the route ${route}.`, { cure: 'Give each a route of its own.' })
    }
    owners.set(route, name)
  }
}

function sourceOf(root: string, model: ComposeModel, name: string, service: ComposeService, where: Where): Source {
  const { build } = service
  if (build === undefined) return { kind: 'image', reference: unescaped(service.image ?? '') }
  const context = confine(root, unescaped(build.context))
  if (!context.inside || context.kind !== 'directory') {
    throw missing(where(['services', name, 'build', 'context']), shown(root, unescaped(build.context)))
  }
  const named = unescaped(build.dockerfile ?? 'Dockerfile')
  const dockerfile = confine(root, named.startsWith('/') ? named : join(context.path, named))
  const present = dockerfile.inside && dockerfile.kind === 'file'
  if (build.dockerfile_inline === undefined && !present) {
    const manifest = readManifest(root, context.path)
    if (manifest?.mayfly) return functionSource(root, context.path, manifest, name)
    throw missing(where(['services', name, 'build', 'dockerfile']), join(shown(root, context.path), named))
  }
  return {
    ...buildOptions(build, model),
    context: context.path,
    dockerfile: dockerfile.inside ? dockerfile.path : join(context.path, 'Dockerfile'),
  }
}

function buildOptions(build: ComposeBuild, model: ComposeModel) {
  const platforms = build.platforms ?? []
  return {
    kind: 'build' as const,
    dockerfileInline: build.dockerfile_inline === undefined ? undefined : unescaped(build.dockerfile_inline),
    args: plainTexts(build.args),
    target: build.target === undefined ? undefined : unescaped(build.target),
    // Several mean "it can be built for each": the engine's own is the one that runs.
    platform: platforms.length === 1 ? platforms[0] : undefined,
    labels: plainTexts(build.labels),
    secrets: (build.secrets ?? []).flatMap((use) => {
      const file = model.secrets?.[use.source]?.file
      return file === undefined ? [] : [{ id: unescaped(use.target ?? use.source), file }]
    }),
    additionalContexts: plainTexts(build.additional_contexts),
    shmSize: build.shm_size,
    network: build.network === 'none' ? ('none' as const) : undefined,
    noCache: build.no_cache === true,
    pull: build.pull === true,
  }
}

function plainTexts(values: Record<string, unknown> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values ?? {}).flatMap(([key, value]) =>
      value === null || value === undefined ? [] : [[unescaped(key), unescaped(String(value))]],
    ),
  )
}

/** First of `expose`, else the container's side of the first published port. TCP only. */
function declaredPort(service: ComposeService): number | undefined {
  const exposed = (service.expose ?? []).map((text) => portOf(String(text))).find((port) => port !== undefined)
  return exposed ?? service.ports?.find((port) => (port.protocol ?? 'tcp') === 'tcp')?.target
}

function sourcePort(source: Source): number | undefined {
  if (source.kind === 'function') return FUNCTION_PORT
  if (source.kind === 'image') return undefined
  return exposedPort(source.dockerfileInline ?? readFileSync(source.dockerfile, 'utf8'), source.target)
}

function versionOf(root: string, source: Source): string | undefined {
  if (source.kind === 'function') return source.version
  return source.kind === 'build' ? nearestVersion(root, source.context) : undefined
}

export function missing(where: string, path: string): UserError {
  return new UserError(`${where} names ${oneLine(path)}, which is not there.`, {
    cure: `Add ${path} to the repository, or change the line.`,
  })
}
