import { readFile } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { command, UserError } from '@mayfly/core'
import { build, ensureImage, inspectImage } from '@mayfly/engine'
import type { FunctionSource, Service } from '@mayfly/project'
import { FILES, HEALTH_PATH, PORT, runtimeEntry } from '@mayfly/runtime'
import semver from 'semver'
import { bundle } from './bundle.ts'
import { installDependencies } from './dependencies.ts'
import { withFolder } from './folder.ts'
import { functionKey } from './key.ts'
import { imageLabels } from './labels.ts'
import { nameArtifact } from './name.ts'
import type { Shelf } from './present.ts'
import type { ArtifactRequest, PlannedFunction, Tools } from './request.ts'

/** Node.js versions that functions run on, the preferred one first; odd ones live half a year. */
const MAJORS = [24, 26, 22, 20, 28, 25, 27, 23, 21]

/** The programs that functions are made with. */
export interface Workshop {
  esbuild: string
  /** The runtime as one file. */
  runtime: string
}

/** Bundles the function; that alone says whether it has changed. @throws UserError with file and line where it does not compile. */
export async function planFunction(
  request: ArtifactRequest,
  service: Service,
  source: FunctionSource,
  shelf: Shelf,
  workshop: Workshop,
): Promise<PlannedFunction> {
  const { root } = request.project
  const node = nodeMajor(source.node, `${relative(root, source.directory)}/package.json: engines.node`)
  const dependencies = await installDependencies(source.directory, root, request.tools, request.log)
  const { esbuild, runtime } = workshop
  const bundled = await bundle({ esbuild, root, entry: source.entry, node, dependencies, log: request.log })
  const base = `node:${node}-slim`
  const files = { [FILES.runtime]: runtime, [FILES.handler]: bundled.code, [FILES.map]: bundled.map }
  const planned = { kind: 'function', service: service.name, source, base, files, dockerfile: dockerfileOf(base) } as const
  const name = nameArtifact(request, service)
  const facts = await inspectImage(request.engine, base)
  const key = facts === undefined ? '' : keyOf(planned, service, facts.id)
  const present = shelf(name, key)
  const built = facts === undefined ? `The engine does not have ${base} yet.` : 'Nothing was built from this code yet.'
  const why = present === undefined ? built : 'It was built from the same code before.'
  return { ...planned, key, name: name.name, present, action: present === undefined ? 'build' : 'reuse', why }
}

/** The key of a function whose base image may have had to be pulled first. */
export async function finalKey(request: ArtifactRequest, service: Service, planned: PlannedFunction): Promise<string> {
  const facts = await ensureImage(request.engine, planned.base, request.log)
  return keyOf(planned, service, facts.id)
}

/** Builds and returns the reference to deploy. */
export async function buildFunction(
  request: ArtifactRequest,
  service: Service,
  planned: PlannedFunction,
  key: string,
): Promise<string> {
  const name = nameArtifact(request, service)
  const { reference } = await withFolder({ ...planned.files, Dockerfile: planned.dockerfile }, (folder) =>
    build(request.engine, {
      name: service.name,
      context: folder,
      dockerfile: `${folder}/Dockerfile`,
      args: { MAYFLY_NAME: service.name, MAYFLY_REVISION: request.revision },
      labels: imageLabels(request, service.name, name, key),
      target: undefined,
      platform: undefined,
      secrets: [],
      tag: name.tag,
      push: request.registry !== undefined,
      epoch: Math.floor(request.committedAt.getTime() / 1000),
      log: request.log,
    }),
  )
  return reference
}

/** The runtime as one file: as it was shipped, or from its sources. */
export async function readRuntime(tools: Tools, esbuild: string): Promise<string> {
  if (tools.runtime !== undefined) return readFile(tools.runtime, 'utf8')
  const options = ['--bundle', '--platform=node', '--format=esm', '--target=node20', '--log-level=warning']
  const result = await command([esbuild, runtimeEntry(), ...options], { cwd: dirname(runtimeEntry()), env: {} })
  if (result.code !== 0) throw new Error(`The runtime could not be bundled: ${result.stderr}`)
  return result.stdout
}

/** The preferred version of Node.js that `engines.node` admits. @throws UserError where it admits none. */
export function nodeMajor(range: string | undefined, field: string): number {
  if (range === undefined) return 24
  const valid = semver.validRange(range)
  const major = valid === null ? undefined : MAJORS.find((version) => semver.intersects(valid, `${version}.x`))
  if (major === undefined) {
    throw new UserError(`${field} is "${range}", which admits no Node.js that functions run on.`, {
      cure: 'Write "engines": { "node": ">=24" }.',
    })
  }
  return major
}

function keyOf(planned: Pick<PlannedFunction, 'source' | 'files' | 'dockerfile'>, service: Service, base: string): string {
  const { source, files, dockerfile } = planned
  return functionKey({ service: service.name, name: source.name, version: source.version, files, dockerfile, base })
}

/**
 * How a function's image is made. The user is a number because only numbers work on every base; on Node's own images
 * 1000 is `node`. The commit comes as an argument: it is no part of the key.
 */
function dockerfileOf(base: string): string {
  const check = `require('node:http').get({port:process.env.PORT,path:'${HEALTH_PATH}',timeout:2000},(r)=>process.exit(r.statusCode===200?0:1)).on('error',()=>process.exit(1))`
  return [
    `FROM ${base}`,
    `ENV NODE_ENV=production HOME=/tmp PORT=${PORT}`,
    'WORKDIR /app',
    `COPY --chmod=0644 ${Object.values(FILES).join(' ')} /app/`,
    'USER 1000:1000',
    `EXPOSE ${PORT}`,
    `HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --start-interval=200ms CMD ${JSON.stringify(['node', '-e', check])}`,
    `CMD ${JSON.stringify(['node', '--enable-source-maps', `/app/${FILES.runtime}`])}`,
    'ARG MAYFLY_NAME',
    'ARG MAYFLY_REVISION',
    'ENV MAYFLY_NAME=$MAYFLY_NAME MAYFLY_REVISION=$MAYFLY_REVISION',
    '',
  ].join('\n')
}
