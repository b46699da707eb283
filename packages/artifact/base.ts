import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@mayfly/core'
import { ensureImage, inspectBase } from '@mayfly/engine'
import { type Base, type Descriptor, digestOf, type ImageConfig, isIndexType, MEDIA, parseReference } from '@mayfly/oci'
import { headManifest, type Registry, readBlob, readManifest } from '@mayfly/registry'
import { type ArtifactRequest, engineOf } from './request.ts'

/** The base of an image that goes into the engine's own store; undefined where the engine does not have it yet. */
export async function baseInEngine(request: ArtifactRequest, reference: string): Promise<Base | undefined> {
  const found = await inspectBase(engineOf(request), reference)
  if (found === undefined) return undefined
  const { architecture, os, variant, diffIds, run } = found
  // The engine knows its layers by what is in them; how they were compressed is not said and does not matter to it.
  const layers = diffIds.map((digest): Descriptor => ({ mediaType: MEDIA.layer, digest, size: 0 }))
  const config: ImageConfig = {
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    config: run,
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: diffIds.map(() => ({ created_by: reference })),
  }
  return { name: reference, digest: found.id, config, layers }
}

/** The same, pulled first where it must be. */
export async function ensureBase(request: ArtifactRequest, reference: string): Promise<Base> {
  await ensureImage(engineOf(request), reference, request.log)
  const base = await baseInEngine(request, reference)
  if (base === undefined)
    throw new UserError(`The image ${reference} was pulled and then removed by somebody else.`, { cure: 'Run this again.' })
  return base
}

/**
 * The base of an image that goes into a registry, read from its own. A base that is pinned by its digest is asked for once
 * and then kept in the cache folder: what a digest names cannot change.
 * @param field where it is written.
 * @throws UserError where it is not there, or not for this platform.
 */
export async function baseInRegistry(request: ArtifactRequest, reference: string, field: string): Promise<Base> {
  const { registry: host, repository, tag, digest } = parseReference(reference, field)
  const registry = request.registries(host)
  const asked = digest ?? (await headManifest(registry, repository, tag ?? 'latest'))?.digest
  if (asked === undefined) throw notThere(reference, field)
  const file = join(request.tools.cacheDirectory, 'bases', `${asked.slice('sha256:'.length)}-${platform().architecture}.json`)
  const kept = await readKept(file)
  if (kept !== undefined) return { ...kept, name: reference, digest: asked }
  const base = await fetchBase(registry, repository, asked, reference, field)
  await mkdir(join(request.tools.cacheDirectory, 'bases'), { recursive: true })
  const draft = `${file}.${randomUUID()}`
  const text = JSON.stringify(base)
  await writeFile(draft, `${digestOf(text)}\n${text}`)
  await rename(draft, file)
  return { ...base, name: reference, digest: asked }
}

type Kept = Pick<Base, 'config' | 'layers'>

/** A file that was cut short or changed is as good as none. */
async function readKept(file: string): Promise<Kept | undefined> {
  const [sum, ...rest] = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  const text = rest.join('\n')
  return sum === digestOf(text) ? (JSON.parse(text) as Kept) : undefined
}

async function fetchBase(
  registry: Registry,
  repository: string,
  digest: string,
  reference: string,
  field: string,
): Promise<Kept> {
  const found = await readManifest(registry, repository, digest)
  if (found === undefined) throw notThere(reference, field)
  const { manifest } = found
  if ('manifests' in manifest) {
    const wanted = platform()
    const fitting = manifest.manifests.find(
      (one) => one.platform?.os === wanted.os && one.platform.architecture === wanted.architecture && !isIndexType(one.mediaType),
    )
    if (fitting !== undefined) return fetchBase(registry, repository, fitting.digest, reference, field)
    throw new UserError(`${field} is "${reference}", which has no image for ${wanted.os}/${wanted.architecture}.`, {
      cure: `Name one that has: ${manifest.manifests.map((one) => `${one.platform?.os}/${one.platform?.architecture}`).join(', ')}.`,
    })
  }
  const config: unknown = JSON.parse((await readBlob(registry, repository, manifest.config)).toString('utf8'))
  if (!isConfig(config) || config.rootfs.diff_ids.length !== manifest.layers.length) {
    throw new UserError(`${field} is "${reference}", whose configuration is not that of an image.`, { cure: 'Name an image.' })
  }
  return { config, layers: manifest.layers }
}

function isConfig(value: unknown): value is ImageConfig {
  if (typeof value !== 'object' || value === null || !('architecture' in value) || !('os' in value) || !('rootfs' in value))
    return false
  const { rootfs } = value
  return typeof rootfs === 'object' && rootfs !== null && 'diff_ids' in rootfs && Array.isArray(rootfs.diff_ids)
}

/** What runs where Mayfly runs; the engine of a preview is of the same kind unless somebody says otherwise. */
function platform(): { os: string; architecture: string } {
  return { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch }
}

function notThere(reference: string, field: string): UserError {
  return new UserError(`${field} is "${reference}", which is not there.`, {
    cure: 'Check its name, its tag or digest, and that these credentials may read it.',
  })
}
