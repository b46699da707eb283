import { LABEL, type Log, UserError } from '@mayfly/core'
import { type Engine, inspectImage, observe } from '@mayfly/engine'
import { noEnvironment, readPlaced, recordsOf, type Target, targetCalled } from '@mayfly/environment'
import type { Placed } from '@mayfly/project'

/** Where what is promoted comes from: exactly one of the three. */
export interface Sources {
  /** JSON, the output `artifacts` of the action that built or released them. */
  artifacts?: string | undefined
  /** Another environment on the same engine: `staging`, or `pr-12` for a preview. */
  from?: string | undefined
  /** `web@1.4.3`, each. */
  versions?: readonly string[] | undefined
}

/** Finds released artifacts by `name@version`, a service each, and the commit of the newest release. */
export type ResolveVersions = (names: readonly string[]) => Promise<{ placed: readonly Placed[]; revision: string }>

/** Images by digest, and where they come from. */
export interface Chosen {
  placed: readonly Placed[]
  /** The commit that they were deployed at, where they come from another environment. */
  revision: string | undefined
  pullRequest: number | undefined
  /** For people: `pr-12`, `staging`, `web@1.4.3`; empty where they were given as they are. */
  from: string
}

/** What is meant, by how it was said. */
type Choice =
  | { kind: 'artifacts'; placed: Placed[] }
  | { kind: 'from'; name: string }
  | { kind: 'versions'; names: readonly string[] }

/**
 * Reads what was said, without asking anybody.
 * @throws UserError unless exactly one source is given, and given well.
 */
export function checkSources({ artifacts, from, versions = [] }: Sources): Choice {
  const given = Object.entries({ artifacts, from, version: versions.length > 0 ? versions.join(' ') : undefined }).flatMap(
    ([name, value]) => (value === undefined || value.trim() === '' ? [] : [name]),
  )
  if (given.length !== 1) {
    throw new UserError(
      given.length === 0
        ? 'Nothing says what to promote.'
        : `What to promote is said in ${given.length} ways: ${given.join(', ')}.`,
      { cure: 'Give exactly one of: from (an environment, such as staging or pr-12), version (name@version) or artifacts.' },
    )
  }
  if (given[0] === 'artifacts') return { kind: 'artifacts', placed: parseArtifacts(artifacts ?? '') }
  if (given[0] === 'from') return { kind: 'from', name: (from ?? '').trim() }
  const wrong = versions.find((name) => !/^[^\s@]+@[^\s@]+$/.test(name))
  if (wrong === undefined) return { kind: 'versions', names: versions }
  throw new UserError(`"${wrong}" is not the version of an artifact.`, { cure: 'Write name@version, such as web@1.4.3.' })
}

/** Asks the engine, or whoever knows of releases, for what is meant. */
export async function chooseArtifacts(
  engine: Engine,
  target: Target,
  repository: { server: string; name: string },
  choice: Choice,
  resolveVersions: ResolveVersions | undefined,
  log: Log,
): Promise<Chosen> {
  switch (choice.kind) {
    case 'artifacts':
      return {
        placed: choice.placed,
        revision: releaseOf(choice.placed),
        pullRequest: newestPullRequest(choice.placed),
        from: '',
      }
    case 'from':
      return fromEnvironment(engine, target, repository, choice.name, log)
    case 'versions': {
      if (resolveVersions === undefined) {
        throw new UserError('Versions are not known here.', { cure: 'Promote from an environment, or pass artifacts.' })
      }
      const { placed, revision } = await resolveVersions(choice.names)
      return { placed, revision: revision || undefined, pullRequest: newestPullRequest(placed), from: choice.names.join(' ') }
    }
  }
}

/** What runs in another environment of this repository, as its newest record says. */
async function fromEnvironment(
  engine: Engine,
  target: Target,
  repository: { server: string; name: string },
  name: string,
  log: Log,
): Promise<Chosen> {
  const source = targetCalled(repository.server, repository.name, name, target, 'from')
  if (source.id === target.id) {
    throw new UserError(`from is "${name}", the very environment that is promoted to.`, { cure: 'Name another environment.' })
  }
  const record = recordsOf(await observe(engine, { owner: source.owner, environment: source.id }))[0]?.record
  if (record === undefined) throw await noEnvironment(engine, source)
  const { placed, revision, pullRequest, deployedAt } = record
  if (placed.length === 0) {
    throw new UserError(`The record of ${source.id} does not say which artifacts it runs: an older Mayfly wrote it.`, {
      cure: 'Deploy it once more, then promote.',
    })
  }
  log.info(`${source.id} runs ${revision.slice(0, 7)} since ${deployedAt.toISOString()}.`)
  return { placed, revision, pullRequest, from: name }
}

/** What one release says, it says of one commit: also of what it found released before. */
function releaseOf(placed: readonly Placed[]): string | undefined {
  return placed.find(({ releasedAt }) => releasedAt !== undefined)?.releasedAt
}

/** Of several, the one that was opened last: the others' changes were there before. */
function newestPullRequest(placed: readonly Placed[]): number | undefined {
  const numbers = placed.flatMap(({ pullRequest }) => pullRequest ?? [])
  return numbers.length === 0 ? undefined : Math.max(...numbers)
}

/** @throws UserError where the text is no list of artifacts, or one is not referred to by its digest. */
function parseArtifacts(text: string): Placed[] {
  const cure = 'Pass the output `artifacts` of actions/build as it is.'
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new UserError('artifacts is not JSON.', { cure })
  }
  const placed = readPlaced(parsed)
  if (placed.length === 0) throw new UserError('artifacts is not a list of artifacts.', { cure })
  const loose = placed.find(({ reference }) => !/^([a-z0-9.:/_-]+@)?sha256:[0-9a-f]{64}$/.test(reference))
  if (loose === undefined) return placed
  throw new UserError(`artifacts refers to ${loose.service} as "${loose.reference}", which is no digest.`, { cure })
}

/** The pull request that an image was built for, as it says itself; asked only of images of this owner. */
export async function pullRequestOf(
  engine: Engine,
  owner: string,
  placed: readonly Placed[],
  revision: string,
): Promise<number | undefined> {
  for (const { reference } of placed.filter((one) => one.revision === revision)) {
    const labels = (await inspectImage(engine, reference))?.labels ?? {}
    const number = Number(labels[LABEL.pullRequest])
    if (labels[LABEL.owner] === owner && Number.isInteger(number) && number > 0) return number
  }
  return undefined
}
