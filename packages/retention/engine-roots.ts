import { LABEL, UserError } from '@mayfly/core'
import { type Engine, imagesInUse, type Observed, observe, readStoredImage } from '@mayfly/engine'
import { environmentsOf, recordsOf } from '@mayfly/environment'
import type { Root } from './root.ts'

/**
 * Everything that one host runs or could be asked to put back: the images of all its containers, whoever made them, and
 * what every record of every environment names.
 * @throws where the engine does not answer or a record cannot be read.
 */
export async function engineRoots(engine: Engine): Promise<Root[]> {
  const [used, observed] = await Promise.all([imagesInUse(engine), observe(engine)])
  const roots: Root[] = [...used].map(([digest, name]) => ({
    digest,
    why: `the container ${name} on ${engine.address} uses it`,
  }))
  for (const environment of environmentsOf(observed))
    roots.push(...recordRoots(environment.id, environment.observed, engine.address))
  return [...roots, ...(await underOtherDigests(engine, roots))]
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
