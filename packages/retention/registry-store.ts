import { describeError, UserError } from '@mayfly/core'
import { isDigest } from '@mayfly/oci'
import { deleteManifest, headManifest, listReferrers, listTags, type Registry } from '@mayfly/registry'
import type { Item } from './item.ts'
import { type Content, contentReader } from './manifest.ts'
import { toItem, withFactsOfChildren } from './registry-item.ts'
import type { Store } from './store.ts'

export interface RegistryStoreOptions {
  /** Whose artifacts may go. */
  owner: string
  /** Names of images without the host. Nothing else is looked at. */
  repositories: readonly string[]
  /** Digests that are known from elsewhere, such as the ledger: a registry lists tags alone. */
  known?: readonly { repository: string; digest: string }[]
}

/** What vanishes between being listed and being read is another run's doing at most this often in a row. */
const ATTEMPTS = 3

/**
 * Some repositories of any registry. There, what a digest has of tags goes with it, and nothing in the registry keeps an
 * index from losing its children: both is seen to by the plan.
 */
export function registryStore(registry: Registry, options: RegistryStoreOptions): Store {
  const read = contentReader(registry, options.owner)
  return {
    kind: 'registry',
    place: registry.host,
    read: async () => {
      const items = await Promise.all(
        options.repositories.map((repository) => readRepository(registry, read, repository, knownOf(options, repository))),
      )
      return { items: items.flat(), notices: noticesOf(registry) }
    },
    remove: async (item) => ((await deleteManifest(registry, item.repository, item.digest)) ? 'deleted' : 'gone'),
  }
}

function noticesOf(registry: Registry): string[] {
  return [
    `${registry.host} does not tell when something was pushed: ages count from the commit that it was built from.`,
    `${registry.host} lists tags alone: of what has none, only what a tag, an index, a referrer or the ledger leads to is seen.`,
  ]
}

function knownOf({ known }: RegistryStoreOptions, repository: string): string[] {
  return (known ?? []).filter((one) => one.repository === repository).map(({ digest }) => digest)
}

type Read = ReturnType<typeof contentReader>

async function readRepository(registry: Registry, read: Read, repository: string, known: readonly string[]): Promise<Item[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      const contents = new Map<string, Content>()
      const tags = await readTags(registry, repository)
      await walk(registry, read, repository, [...tags.keys(), ...known], contents)
      const gone = [...tags.keys()].filter((digest) => !contents.has(digest))
      if (gone.length === 0) return itemsOf(registry, repository, contents, tags)
      if (attempt >= ATTEMPTS) throw new Error(`it lists the tag ${tags.get(gone[0] ?? '')?.[0]}, and has nothing behind it`)
    } catch (error) {
      throw unreadable(`${registry.host}/${repository}`, error)
    }
  }
}

/** The tags of each digest. */
async function readTags(registry: Registry, repository: string): Promise<Map<string, string[]>> {
  const tags = await listTags(registry, repository)
  const heads = await Promise.all(tags.map((tag) => headManifest(registry, repository, tag)))
  const missing = tags.filter((_tag, at) => heads[at] === undefined)
  // Another run may have deleted it meanwhile; then it is listed no more.
  const again = missing.length === 0 ? [] : await listTags(registry, repository)
  const broken = missing.find((tag) => again.includes(tag))
  if (broken !== undefined) throw new Error(`it lists the tag ${broken}, and has nothing behind it`)
  const found = new Map<string, string[]>()
  for (const [at, tag] of tags.entries()) {
    const digest = heads[at]?.digest
    if (digest !== undefined) found.set(digest, [...(found.get(digest) ?? []), tag])
  }
  return found
}

/** Reads these and all that they lead to: children, subjects, referrers. A child that is not there holds nothing. */
async function walk(
  registry: Registry,
  read: Read,
  repository: string,
  start: readonly string[],
  contents: Map<string, Content>,
): Promise<void> {
  const seen = new Set<string>()
  for (let next = [...new Set(start)]; next.length > 0; ) {
    for (const digest of next) seen.add(digest)
    const found = await Promise.all(next.map((digest) => visit(registry, read, repository, digest, contents)))
    next = [...new Set(found.flat())].filter((digest) => !seen.has(digest))
  }
}

async function visit(
  registry: Registry,
  read: Read,
  repository: string,
  digest: string,
  contents: Map<string, Content>,
): Promise<string[]> {
  const content = await read(repository, digest)
  if (content === undefined) return []
  contents.set(digest, content)
  const referrers = await listReferrers(registry, repository, digest)
  const subject = content.subject === undefined ? [] : [content.subject]
  return [...content.children, ...subject, ...referrers.map((referrer) => referrer.digest).filter(isDigest)]
}

function itemsOf(
  registry: Registry,
  repository: string,
  contents: ReadonlyMap<string, Content>,
  tags: ReadonlyMap<string, readonly string[]>,
): Item[] {
  const items = [...contents].map(([digest, content]) =>
    toItem(content, {
      store: 'registry',
      host: registry.host,
      repository,
      tags: tags.get(digest) ?? [],
      pushedAt: undefined,
      versionId: 0,
    }),
  )
  return withFactsOfChildren(items)
}

/** Nothing is deleted where anything cannot be read: what it holds is not known. */
export function unreadable(what: string, error: unknown): UserError {
  return new UserError(`${what} cannot be read to its end, so nothing is deleted: ${describeError(error)}`, {
    cure: 'Run this again once it answers; what is broken in there has to be deleted or pushed again by hand.',
    cause: error,
  })
}
