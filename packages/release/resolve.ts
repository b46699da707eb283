import { LABEL, type Labels, type Log, UserError } from '@mayfly/core'
import { type Entry, type Ledger, listEntries, readEntry } from '@mayfly/ledger'
import { formatReference, parseConfig, parseReference } from '@mayfly/oci'
import type { Placed } from '@mayfly/project'
import { copyImage, type Registry, readBlob, readManifest } from '@mayfly/registry'

type Registries = (host: string) => Registry

/** Released artifacts, ready to be deployed. */
export interface Resolved {
  placed: Placed[]
  /** The commit of the newest of the releases: its project is what they belong to. */
  revision: string
}

/**
 * Finds released artifacts by name and version: what the ledger says, never what a tag says.
 * @param names `web@1.4.3`, a service each.
 * @throws UserError naming those that were never released, or that the registry does not have any more.
 */
export async function resolveReleases(ledger: Ledger, registries: Registries, names: readonly string[]): Promise<Resolved> {
  const entries = await Promise.all(names.map((name) => findRelease(ledger, name)))
  const placed = await Promise.all(entries.map((entry) => placeOf(registries, entry)))
  const newest = entries.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0]
  if (newest === undefined) throw new UserError('No version is named.', { cure: 'Write name@version, such as web@1.4.3.' })
  return { placed, revision: newest.revision }
}

async function findRelease(ledger: Ledger, text: string): Promise<Entry> {
  const at = text.lastIndexOf('@')
  const [name, version] = [text.slice(0, at), text.slice(at + 1)]
  const entry = await readEntry(ledger, name, version)
  if (entry !== undefined) return entry
  const known = (await listEntries(ledger, name)).map((one) => one.version)
  throw new UserError(`${text} was never released.`, {
    cure: known.length === 0 ? `Nothing is released under the name ${name}.` : `Released are: ${known.slice(-10).join(', ')}.`,
  })
}

async function placeOf(registries: Registries, entry: Entry): Promise<Placed> {
  const place = parseReference(entry.repository, `The ledger's entry of ${entry.name}@${entry.version}`)
  const registry = registries(place.registry)
  const found = await readManifest(registry, place.repository, entry.digest)
  if (found === undefined || !('config' in found.manifest)) {
    throw new UserError(
      `${entry.name}@${entry.version} was released as ${entry.digest}, which ${entry.repository} does not have any more.`,
      {
        cure: 'Run `mayfly verify`; bring it back from where it was copied to, or release a new version.',
      },
    )
  }
  const config = parseConfig(await readBlob(registry, place.repository, found.manifest.config))
  const labels: Labels = config.config?.Labels ?? {}
  const exposed = Object.keys(config.config?.ExposedPorts ?? {})
  const number = Number(labels[LABEL.pullRequest])
  return {
    service: entry.name,
    reference: formatReference({ ...place, tag: undefined, digest: entry.digest }),
    name: `${entry.name}@${entry.version}`,
    // What it was built from, which it answers with; the release itself may be a later commit.
    revision: labels[LABEL.revision] ?? '',
    key: entry.key,
    ports: exposed.flatMap((port) => (/^\d+\/tcp$/.test(port) ? [Number.parseInt(port, 10)] : [])).sort((a, b) => a - b),
    ...(Number.isInteger(number) && number > 0 ? { pullRequest: number } : {}),
  }
}

/**
 * Brings artifacts to another registry, with all that is attached to them and the same digests; those that are there, and
 * ready images of others, stay where they are.
 * @param target such as `ghcr.io/acme/production`.
 */
export async function carryTo(registries: Registries, placed: readonly Placed[], target: string, log: Log): Promise<Placed[]> {
  return Promise.all(
    placed.map(async (one) => {
      if (one.key === '' || one.revision === '' || !one.reference.includes('@') || one.reference.startsWith(`${target}/`))
        return one
      const from = parseReference(one.reference, `The artifact of ${one.service}`)
      const to = parseReference(`${target}/${from.repository.split('/').at(-1)}`, 'The input registry')
      const digest = from.digest ?? ''
      const copied = await copyImage(
        { registry: registries(from.registry), repository: from.repository, digest },
        { registry: registries(to.registry), repository: to.repository },
        { referrers: true, log },
      )
      log.info(`${one.name}: ${digest.slice(0, 19)} is in ${to.registry}/${to.repository} (${copied.uploaded} blobs sent).`)
      return { ...one, reference: formatReference({ ...to, tag: undefined, digest }) }
    }),
  )
}
