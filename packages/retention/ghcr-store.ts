import type { Registry } from '@mayfly/registry'
import type { Item } from './item.ts'
import { contentReader } from './manifest.ts'
import { toItem, withFactsOfChildren } from './registry-item.ts'
import { unreadable } from './registry-store.ts'
import type { Removal, Store } from './store.ts'

/** One digest of a package as GitHub's packages API has it. */
export interface PackageVersion {
  id: number
  digest: string
  tags: readonly string[]
  pushedAt: Date
}

/** GitHub's packages API, for the packages of one account. */
export interface GhcrPackages {
  /** The account in lower case: the first part of its repositories' names. */
  account: string
  list(name: string): Promise<PackageVersion[]>
  remove(name: string, id: number): Promise<Removal>
}

/**
 * Packages on GitHub's container registry: the API knows every digest, its tags and when it came, and deletes; the
 * registry knows what is in it. A version goes with all of its tags, so one tag that stays keeps all of them.
 */
export function ghcrStore(
  registry: Registry,
  packages: GhcrPackages,
  options: { owner: string; packages: readonly string[] },
): Store {
  const read = contentReader(registry, options.owner)

  async function readPackage(name: string): Promise<Item[]> {
    const repository = `${packages.account}/${name}`
    try {
      const versions = await packages.list(name)
      const items = await Promise.all(versions.map((version) => readVersion(repository, version)))
      const missing = versions.filter((_version, at) => items[at] === undefined)
      // Another run may have deleted it meanwhile; then it is listed no more.
      const again = missing.length === 0 ? [] : await packages.list(name)
      const hollow = missing.find(({ id }) => again.some((version) => version.id === id))
      if (hollow !== undefined) throw new Error(`it lists ${hollow.digest}, and has nothing behind it`)
      return withFactsOfChildren(items.filter((item) => item !== undefined))
    } catch (error) {
      throw unreadable(`${registry.host}/${repository}`, error)
    }
  }

  async function readVersion(repository: string, version: PackageVersion): Promise<Item | undefined> {
    const content = await read(repository, version.digest)
    if (content === undefined) return undefined
    const { tags, pushedAt, id } = version
    return toItem(content, { store: 'ghcr', host: registry.host, repository, tags, pushedAt, versionId: id })
  }

  return {
    kind: 'ghcr',
    place: registry.host,
    read: async () => ({ items: (await Promise.all(options.packages.map(readPackage))).flat(), notices: [] }),
    remove: (item) => packages.remove(item.repository.slice(packages.account.length + 1), item.versionId),
  }
}
