import { registriesOf } from '@mayfly/artifact'
import { UserError } from '@mayfly/core'
import { connectEngine, type Engine, observe, observeImages } from '@mayfly/engine'
import { ownerOf, recordsOf } from '@mayfly/environment'
import { type Entry, listEntries } from '@mayfly/ledger'
import { parseReference } from '@mayfly/oci'
import type { RetentionPolicy, RetentionResult } from '@mayfly/retention'
import type { Run } from './context.ts'
import { ledgerAnywhere } from './promote-means.ts'
import { retain } from './retain.ts'

export interface RetentionWanted {
  /** `plan`: say what could go. */
  mode: 'plan' | 'delete'
  policy: RetentionPolicy
  /** Further hosts that run artifacts of this repository, as `host` is written. */
  hosts: readonly string[]
  /** Names of services whose artifacts are looked at besides those that the ledger and the environments know. */
  services: readonly string[]
}

/** Deletes a repository's artifacts that nothing needs, on the run's host, on further ones and in its registry. */
export async function retainRepository(run: Run, wanted: RetentionWanted): Promise<RetentionResult> {
  const { context, settings, github, log } = run
  const owner = ownerOf(new URL(context.serverUrl).host, context.repository)
  const further = await connectAll(run, wanted.hosts)
  try {
    const engines = [run.engine, ...further]
    const ledger = await ledgerAnywhere(run)
    const readLedger = () => listEntries(ledger)
    const repositories = await repositoriesOf(engines, owner, settings.registry, await readLedger(), wanted.services)
    return await retain({
      owner,
      engines,
      ...placesOf(run, settings.registry, repositories),
      github,
      ledger: readLedger,
      policy: wanted.policy,
      dryRun: wanted.mode === 'plan' || settings.dryRun,
      log,
    })
  } finally {
    await Promise.all(further.map((engine) => engine.close()))
  }
}

/** @throws where one cannot be reached: what runs there is not known then. */
async function connectAll({ settings, context }: Run, hosts: readonly string[]): Promise<Engine[]> {
  const engines: Engine[] = []
  try {
    for (const host of hosts) engines.push(await connectEngine({ ...settings.engine, host }, context.environment))
    return engines
  } catch (error) {
    await Promise.all(engines.map((engine) => engine.close()))
    throw error
  }
}

/** GitHub's own registry deletes through its packages API, any other by digest. */
function placesOf({ context, log }: Run, registry: string | undefined, repositories: readonly string[]) {
  if (registry === undefined) return { registries: [], packages: undefined }
  const { registry: host } = parseReference(`${registry}/x`, 'The input registry')
  const connection = registriesOf(context.environment, log)(host)
  if (host !== 'ghcr.io') return { registries: [{ registry: connection, repositories }], packages: undefined }
  const [account = ''] = registry.slice(host.length + 1).split('/')
  if (account === '')
    throw new UserError('The input registry is ghcr.io without an account.', {
      cure: 'Write ghcr.io/owner or ghcr.io/owner/repository.',
    })
  return {
    registries: [],
    packages: { registry: connection, account, names: repositories.map((name) => name.slice(account.length + 1)) },
  }
}

/**
 * Which repositories of images are this one's: below its registry, of every service that was ever released, runs, is on record or was
 * built on one of the hosts. A registry need not tell its repositories, so one that nobody knows of is not found.
 */
async function repositoriesOf(
  engines: readonly Engine[],
  owner: string,
  registry: string | undefined,
  entries: readonly Entry[],
  services: readonly string[],
): Promise<string[]> {
  if (registry === undefined) return []
  const found = new Set([...services.map((name) => `${registry}/${name}`), ...entries.map(({ repository }) => repository)])
  for (const engine of engines) {
    for (const { record } of recordsOf(await observe(engine, { owner }))) {
      for (const { reference } of record.placed) if (reference.includes('@')) found.add(reference.replace(/@.*$/, ''))
    }
    for (const { tags } of await observeImages(engine, owner)) for (const tag of tags) found.add(tag.replace(/:[^:/]*$/, ''))
  }
  const host = registry.replace(/\/.*$/, '')
  return [...found]
    .filter((name) => name.startsWith(`${registry}/`))
    .map((name) => name.slice(host.length + 1))
    .sort()
}
