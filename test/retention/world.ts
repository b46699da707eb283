/**
 * A world in memory that retention may do its worst to: stores that hold manifests, environments that run some of them,
 * a ledger of releases. What must be there is worked out here from what happened, not from what retention believes.
 */
import { createHash } from 'node:crypto'
import type { Item, Root, Store } from '@mayfly/retention'

export const DAY = 86_400_000

interface Manifest {
  digest: string
  /** What the engine calls it. */
  config: string
  name: string
  tags: Set<string>
  fallbackFor: string[]
  children: string[]
  subject: string | undefined
  base: string | undefined
  ttl: number | undefined
  owned: boolean | undefined
  pushedAt: number
}

export interface World {
  now: number
  /** By digest. */
  registry: Map<string, Manifest>
  /** By the config's digest: each engine has its own copy of what it runs. */
  engine: Map<string, Manifest>
  /** The digests that each environment's records name, the newest first: by manifest or, odd ones, by the engine's id. */
  environments: Map<string, string[]>
  released: Set<string>
  /** What was attached to each digest. */
  notes: Map<string, string[]>
  made: number
}

export function newWorld(): World {
  const empty = { registry: new Map(), engine: new Map(), environments: new Map(), released: new Set<string>(), notes: new Map() }
  return { now: Date.UTC(2026, 0, 1), ...empty, made: 0 }
}

const digest = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** Puts something new into the registry; it has no tag yet. */
export function push(world: World, more: Partial<Manifest> = {}): Manifest {
  const number = world.made++
  const manifest: Manifest = {
    digest: digest(`manifest ${number}`),
    config: digest(`config ${number}`),
    name: `app-${number % 3}`,
    tags: new Set(),
    fallbackFor: [],
    children: [],
    subject: undefined,
    base: undefined,
    ttl: 10 * DAY,
    owned: true,
    pushedAt: world.now,
    ...more,
  }
  world.registry.set(manifest.digest, manifest)
  return manifest
}

/** Attaches something as clients do where there is no API for it: the index behind the fallback tag is made anew. */
export function attach(world: World, subject: Manifest): void {
  const note = push(world, { subject: subject.digest, ttl: undefined })
  world.notes.set(subject.digest, [...(world.notes.get(subject.digest) ?? []), note.digest])
  const referrers = [...world.registry.values()].filter((one) => one.subject === subject.digest).map((one) => one.digest)
  // The one that was there stays behind without its tag.
  for (const one of world.registry.values()) one.fallbackFor = one.fallbackFor.filter((tag) => tag !== subject.digest)
  push(world, { fallbackFor: [subject.digest], children: referrers, ttl: undefined, owned: undefined })
}

export function deploy(world: World, environment: string, manifest: Manifest): void {
  world.engine.set(manifest.config, { ...manifest, pushedAt: world.now, children: [], base: undefined })
  const named = world.made % 2 === 0 ? manifest.digest : manifest.config
  world.environments.set(environment, [named, ...(world.environments.get(environment) ?? [])].slice(0, 4))
}

/**
 * What is gone although it must be there: what records and releases name, and whatever any image that is there was pushed
 * with or had attached to it.
 */
export function missing(world: World): string[] {
  const { registry, engine, environments, released, notes } = world
  const named = [...environments.values()].flat()
  const calls = (store: Map<string, Manifest>) => new Set([...store.values()].flatMap((one) => [one.digest, one.config]))
  const [inRegistry, inEngine] = [calls(registry), calls(engine)]
  const listed = new Set([...registry.values()].flatMap((one) => (one.fallbackFor.length > 0 ? one.children : [])))
  return [
    ...[...named, ...released].filter((name) => !inRegistry.has(name)),
    ...named.filter((name) => !inEngine.has(name)).map((name) => `${name} in the engine`),
    ...[...registry.values()].flatMap(({ digest: subject, children, base }) => {
      const attached = notes.get(subject) ?? []
      const held = [...children, ...(base === undefined ? [] : [base]), ...attached]
      return [...held.filter((one) => !registry.has(one)), ...attached.filter((one) => !listed.has(one))]
    }),
  ]
}

/** What a fallback tag lists although it is gone: no registry would take that index again with one more in it. */
export function brokenFallbacks(world: World): string[] {
  const indexes = [...world.registry.values()].filter((one) => one.fallbackFor.length > 0)
  return indexes.flatMap((one) => one.children.filter((child) => !world.registry.has(child)))
}

export function rootsOf(world: World): Root[] {
  const recorded = [...world.environments].flatMap(([name, digests]) => digests.map((one) => ({ digest: one, why: name })))
  return [...recorded, ...[...world.released].map((one) => ({ digest: one, why: 'released' }))]
}

/** `each` is called before every answer; it may change the world, or throw as a killed run would end. */
export function storesOf(world: World, each: (what: 'read' | 'remove') => Promise<void>): Store[] {
  return (['registry', 'engine'] as const).map((kind) => ({
    kind,
    place: kind,
    read: async () => {
      await each('read')
      return { items: [...world[kind].values()].map((manifest) => toItem(kind, manifest)), notices: [] }
    },
    remove: async (item) => {
      await each('remove')
      return world[kind].delete(item.digest) ? ('deleted' as const) : ('gone' as const)
    },
  }))
}

function toItem(kind: 'registry' | 'engine', manifest: Manifest): Item {
  return {
    store: kind,
    place: kind,
    repository: kind === 'engine' ? '' : 'acme/app',
    digest: kind === 'engine' ? manifest.config : manifest.digest,
    aliases: [kind === 'engine' ? manifest.digest : manifest.config],
    mediaType: '',
    tags: [...manifest.tags],
    at: new Date(manifest.pushedAt),
    created: undefined,
    children: manifest.children,
    subject: manifest.subject,
    fallbackFor: manifest.fallbackFor,
    versionId: 0,
    owned: manifest.owned,
    ttl: manifest.ttl,
    name: manifest.name,
    version: '',
    key: '',
    revision: '',
    base: manifest.base,
  }
}
