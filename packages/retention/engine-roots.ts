import { LABEL, type Labels, UserError } from '@mayfly/core'
import { type Engine, imagesInUse, type Observed, observe, readStoredImage } from '@mayfly/engine'
import { environmentsOf, recordsOf } from '@mayfly/environment'
import type { Root } from './root.ts'

/**
 * Everything that one host runs or could be asked to put back: the images of all its containers, whoever made them, and
 * what the records of environments name. A record of another owner that cannot be read stops nothing here: what is deleted
 * is this owner's alone, and what others run is in use.
 * @throws where the engine does not answer or a record of `owner` cannot be read.
 */
export async function engineRoots(engine: Engine, owner: string): Promise<Root[]> {
  const [used, observed] = await Promise.all([imagesInUse(engine), observe(engine)])
  const roots: Root[] = [...used].map(([digest, name]) => ({
    digest,
    why: `the container ${name} on ${engine.address} uses it`,
  }))
  const isOwn = ({ labels }: { labels: Labels }) => labels[LABEL.owner] === owner
  for (const environment of environmentsOf(only(observed, isOwn)))
    roots.push(...recordRoots(environment.id, environment.observed, engine.address))
  for (const volume of observed.volumes.filter((one) => !isOwn(one))) {
    const id = volume.labels[LABEL.environment] ?? ''
    try {
      roots.push(...recordRoots(id, { containers: [], networks: [], volumes: [volume] }, engine.address))
    } catch {
      // Not ours to read.
    }
  }
  return [...roots, ...(await underOtherDigests(engine, roots))]
}

function only({ containers, networks, volumes }: Observed, fits: (resource: { labels: Labels }) => boolean): Observed {
  return { containers: containers.filter(fits), networks: networks.filter(fits), volumes: volumes.filter(fits) }
}

const DIGEST = /sha256:[0-9a-f]{64}/g

function recordRoots(environment: string, observed: Observed, address: string): Root[] {
  return recordsOf(observed).flatMap(({ volume, record }, at) => {
    if (record.model === undefined && volume.labels[LABEL.model]) {
      throw new UserError(`The record ${volume.name} on ${address} holds no model that can be read, so nothing is deleted.`, {
        cure: `Deploy ${environment} again, or remove that volume by hand if nobody needs it.`,
      })
    }
    const why = at === 0 ? `${environment} on ${address} wants it` : `${environment} on ${address} may be rolled back to it`
    const references = Object.values(record.model?.services ?? {}).flatMap(({ image }) => (image === undefined ? [] : [image]))
    // Whatever a record names stays, in whichever of its fields it stands.
    const digests = new Set(JSON.stringify(record).match(DIGEST))
    return [
      ...[...digests].map((digest) => ({ digest, why })),
      ...references.map((reference) => ({ reference, why })),
      // The same artifact in another store has another digest but was made of the same.
      ...record.placed.map(({ key }) => ({ key, why })),
    ]
  })
}

/** The digests by which registries know the images of these roots: an engine may have its own id for each. */
async function underOtherDigests(engine: Engine, roots: readonly Root[]): Promise<Root[]> {
  const found: Root[] = []
  const reasons = new Map(roots.flatMap(({ digest, why }) => (digest === undefined ? [] : [[digest, why] as const])))
  for (const [digest, why] of reasons) {
    const image = await readStoredImage(engine, digest)
    for (const reference of image?.digests ?? []) found.push({ digest: reference.slice(reference.indexOf('@') + 1), why })
  }
  return found
}
