import { readFile } from 'node:fs/promises'
import { basename, isAbsolute, relative } from 'node:path'
import { UserError } from '@mayfly/core'
import type { Build } from '@mayfly/engine'
import type { BuildSource, Project, Service } from '@mayfly/project'
import { withFolder } from './folder.ts'
import { parseIgnore, readIgnore } from './ignore.ts'
import { buildKey } from './key.ts'
import { imageLabels, saidOnly } from './labels.ts'
import { nameArtifact } from './name.ts'
import { needsOf } from './order.ts'
import type { Shelf } from './present.ts'
import { buildImage } from './reproducible-build.ts'
import { type ArtifactRequest, engineOf, type PlannedBuild } from './request.ts'

/** A build that is planned, and what it will be called. @throws UserError where the Dockerfile cannot be read. */
export async function planBuild(
  request: ArtifactRequest,
  service: Service,
  source: BuildSource,
  shelf: Shelf,
  /** Keys of the services that are already planned. */
  keys: ReadonlyMap<string, string>,
): Promise<PlannedBuild> {
  const inline = source.dockerfileInline
  const dockerfile = inline ?? (await readDockerfile(request.project, service.name, source.dockerfile))
  const ignore = await readIgnore(source.context, inline === undefined ? source.dockerfile : undefined)
  await keepGitInside(request.project, service.name, source)
  const needs = needsOf(service)
  const fresh = source.noCache || source.pull
  const inputs = {
    service: service.name,
    version: service.version,
    source,
    dockerfile,
    ignore,
    needs: Object.fromEntries(needs.map((name) => [name, keys.get(name) ?? ''])),
    revision: fresh ? request.revision : undefined,
  }
  const key = await buildKey(inputs, request.tools.env.PATH ?? '')
  const name = nameArtifact(request, service)
  const present = await shelf(name, key)
  return {
    kind: 'build',
    service: service.name,
    source,
    dockerfile,
    ignore,
    needs,
    key,
    name: name.name,
    present,
    action: present === undefined ? 'build' : 'reuse',
    why: present === undefined ? 'Nothing was built from these files yet.' : 'It was built from the same files before.',
  }
}

/** Builds and returns the reference to deploy. `bases`: for each needed service, a name of its image. */
export async function runBuild(
  request: ArtifactRequest,
  service: Service,
  planned: PlannedBuild,
  bases: ReadonlyMap<string, string>,
): Promise<string> {
  const { source } = planned
  const name = nameArtifact(request, service)
  const file = source.dockerfileInline === undefined ? basename(source.dockerfile) : 'Dockerfile'
  // A copy of the Dockerfile, so that an ignore file of our own can lie beside it: git's folder, which may hold the
  // checkout's token and changes with every commit, stays out whatever the pull request says.
  const files = { [file]: planned.dockerfile, [`${file}.dockerignore`]: `${planned.ignore}\n**/.git\n` }
  const shown = relative(request.project.root, source.context) || '.'
  const labels = imageLabels(request, service.name, name, { key: planned.key })
  const published = request.registry !== undefined
  const { reference } = await withFolder(files, (folder) => {
    const wanted: Build = {
      name: service.name,
      context: source.context,
      dockerfile: `${folder}/${file}`,
      args: source.args,
      labels: { ...source.labels, ...labels },
      annotations: saidOnly(labels),
      target: source.target,
      platform: source.platform,
      secrets: source.secrets,
      contexts: contextsOf(source, bases),
      shmSize: source.shmSize,
      network: source.network,
      noCache: source.noCache,
      pull: source.pull,
      byHand: `docker build --file ${relative(request.project.root, source.dockerfile)} ${shown}`,
      tag: name.tag,
      push: published,
      epoch: Math.floor(request.committedAt.getTime() / 1000),
      log: request.log,
    }
    return buildImage(engineOf(request), wanted, published)
  })
  return reference
}

function contextsOf(source: BuildSource, bases: ReadonlyMap<string, string>): Record<string, string> {
  const entries = Object.entries(source.additionalContexts).map(([name, value]): [string, string] => {
    const service = value.startsWith('service:') ? value.slice('service:'.length) : undefined
    return [name, service === undefined ? value : `docker-image://${bases.get(service) ?? service}`]
  })
  return Object.fromEntries(entries)
}

async function readDockerfile(project: Project, service: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UserError(`services.${service}.build: there is no ${relative(project.root, path)}.`, {
      cure: 'Write the Dockerfile, or name it with build.dockerfile.',
      cause: error,
    })
  }
}

/** Beside a further context no ignore file of ours can lie. */
async function keepGitInside(project: Project, service: string, source: BuildSource): Promise<void> {
  for (const [name, path] of Object.entries(source.additionalContexts)) {
    if (!isAbsolute(path)) continue
    const ignore = parseIgnore(await readIgnore(path, undefined))
    const sent = !ignore.excludes(ignore.match('.git', ignore.top)) || ignore.mayReinclude('.git')
    if (!sent || (await readFile(`${path}/.git/HEAD`).catch(() => undefined)) === undefined) continue
    const shown = relative(project.root, path) || '.'
    throw new UserError(`services.${service}.build.additional_contexts.${name} is ${shown}, which holds .git.`, {
      cure: `Add a line .git to ${shown}/.dockerignore: git's folder may hold the checkout's token.`,
    })
  }
}
