import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Build } from '@mayfly/engine'
import type { Project, Service } from '@mayfly/project'
import { hashContext } from './context.ts'
import { parseIgnore } from './ignore.ts'
import { imageLabels, saidOnly } from './labels.ts'
import { nameArtifact } from './name.ts'
import type { Shelf } from './present.ts'
import { buildImage } from './reproducible-build.ts'
import { type ArtifactRequest, engineOf, type PlannedArtifact, type PlannedFiles } from './request.ts'

/** A file or folder of the checkout that the Compose file mounts into a service. */
interface Mounted {
  /** Absolute, and found safe by the policy. */
  source: string
  target: string
}

/**
 * Bind mounts of the checkout become part of the artifact: the checkout is gone when the run ends, and on another
 * host it never was. What was tested is then also what is promoted.
 */
export async function planFiles(
  request: ArtifactRequest,
  service: Service,
  inner: Exclude<PlannedArtifact, PlannedFiles>,
  shelf: Shelf,
): Promise<PlannedArtifact> {
  const mounted = mountedFiles(request.project, service.name)
  if (mounted.length === 0) return inner
  const files = await hashFiles(mounted, request.tools.env.PATH ?? '')
  const key = inner.key === '' ? '' : filesKey(inner.key, files)
  const name = nameArtifact(request, service)
  const present = await shelf(name, key)
  const why =
    present === undefined ? `Files of the checkout go into it: ${mounted.map((file) => file.target).join(', ')}.` : inner.why
  return {
    kind: 'files',
    service: service.name,
    inner,
    files,
    key,
    name: name.name,
    present,
    action: present ? 'reuse' : 'build',
    why,
  }
}

/** The key of an image with these files on top of another. */
export function filesKey(inner: string, files: string): string {
  return createHash('sha256').update(`files-1\0${inner}\0${files}`).digest('hex')
}

/** Builds the image with the files on top of `base`, and returns the reference to deploy. */
export async function buildFiles(request: ArtifactRequest, service: Service, base: string, key: string): Promise<string> {
  const mounted = mountedFiles(request.project, service.name)
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-files-'))
  try {
    const lines = [`FROM ${base}`]
    for (const [index, { source, target }] of mounted.entries()) {
      const isFolder = (await stat(source)).isDirectory()
      // A link is copied as a link: what it leads to was checked, or is not there at all.
      await cp(source, join(folder, String(index)), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => basename(path) !== '.git',
      })
      const where = literally(target.replace(/\/*$/, ''))
      lines.push(`COPY ${JSON.stringify(isFolder ? [`${index}/`, `${where}/`] : [String(index), where])}`)
    }
    await writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`)
    const name = nameArtifact(request, service)
    const labels = imageLabels(request, service.name, name, { key })
    const published = request.registry !== undefined
    const wanted: Build = {
      name: service.name,
      context: folder,
      dockerfile: join(folder, 'Dockerfile'),
      args: {},
      labels,
      annotations: saidOnly(labels),
      target: undefined,
      platform: undefined,
      secrets: [],
      tag: name.tag,
      push: published,
      epoch: Math.floor(request.committedAt.getTime() / 1000),
      log: request.log,
    }
    return (await buildImage(engineOf(request), wanted, published)).reference
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The builder reads each path of a COPY as a word of a shell would be read: variables, quotes and backslashes. */
function literally(path: string): string {
  return path.replace(/[\\$"']/g, '\\$&')
}

function mountedFiles(project: Project, service: string): Mounted[] {
  const mounts = project.model.services[service]?.volumes ?? []
  return mounts.flatMap((mount) =>
    mount.type === 'bind' && mount.source !== undefined ? [{ source: mount.source, target: mount.target }] : [],
  )
}

/** Depends on names, modes and bytes, and on where they go. */
async function hashFiles(mounted: readonly Mounted[], path: string): Promise<string> {
  const hash = createHash('sha256')
  for (const { source, target } of mounted) {
    const stats = await stat(source)
    const content = stats.isDirectory()
      ? await hashContext(source, parseIgnore(''), path)
      : createHash('sha256')
          .update(await readFile(source))
          .digest('hex')
    hash.update(`${target}\0${stats.mode & 0o777}\0${content}\0`)
  }
  return hash.digest('hex')
}
