import { inspectImage } from '@mayfly/engine'
import type { Entry } from '@mayfly/ledger'
import { contentReader } from './content.ts'
import { type Drift, type Findings, noFindings } from './drift.ts'
import { seeEnvironments } from './running.ts'
import { attempt, eachOf, type NotChecked, readLedger, type TracedHost, type Tracing } from './tracing.ts'
import { verifyEnvironment } from './verify-environment.ts'
import { verifyRepository } from './verify-registry.ts'

export interface VerifyWanted {
  /** Sets the tags of released versions as the ledger says, and changes nothing else. */
  repair: boolean
}

/** What ledger, registries and environments say of each other. */
export interface Verification {
  drifts: Drift[]
  /** What was not reached or not understood. Nothing of it is said to be right. */
  notChecked: NotChecked[]
  /** Tags that were set right, a sentence each. */
  repaired: string[]
  /** How much was looked at. */
  checked: { versions: number; tags: number; referrers: number; environments: number }
}

/**
 * Compares the ledger with the registries that it names, and both with every environment of this repository on the hosts
 * given. What does not answer is named and hinders nothing else.
 */
export async function verifyAll(tracing: Tracing, wanted: VerifyWanted = { repair: false }): Promise<Verification> {
  const { registries, hosts, owner } = tracing
  const all = noFindings()
  const entries = await readLedger(tracing, all.notChecked)
  const read = contentReader(registries)
  const byPlace = Map.groupBy(entries ?? [], ({ repository }) => repository)
  const places = [...byPlace.keys()].filter((place) => place !== '').sort()
  const shelves = await eachOf(
    places,
    (place) => verifyRepository(registries, read, place, byPlace.get(place) ?? [], wanted.repair),
    3,
  )
  const seen = await seeEnvironments(hosts, all.notChecked, owner)
  const environments = await eachOf(seen, (one) => verifyEnvironment({ registries, read, entries }, one), 4)
  const local = await verifyLocal(hosts, byPlace.get('') ?? [])
  const found: Findings[] = [all, ...shelves, ...environments, local]
  return {
    drifts: found.flatMap(({ drifts }) => drifts),
    notChecked: found.flatMap(({ notChecked }) => notChecked),
    repaired: shelves.flatMap(({ repaired }) => repaired),
    checked: {
      versions: entries?.length ?? 0,
      tags: shelves.reduce((sum, { tags }) => sum + tags, 0),
      referrers: shelves.reduce((sum, { referrers }) => sum + referrers, 0),
      environments: seen.length,
    },
  }
}

/** Versions that no registry has: one of the hosts must. */
async function verifyLocal(hosts: readonly TracedHost[], entries: readonly Entry[]): Promise<Findings> {
  const findings = noFindings()
  for (const entry of entries) {
    const what = `${entry.name}@${entry.version}`
    const found = await Promise.all(hosts.map((host) => isOn(host, entry.digest, findings.notChecked, what)))
    if (found.includes('yes') || found.includes('unknown')) continue
    findings.drifts.push({
      kind: 'manifest-missing',
      what,
      expected: `${entry.digest} in the store of one of the hosts`,
      found: 'nothing',
      cure: 'Name the host that has it (--host), or release a new version into a registry.',
    })
  }
  return findings
}

async function isOn(host: TracedHost, digest: string, notChecked: NotChecked[], what: string): Promise<'yes' | 'no' | 'unknown'> {
  if ('unreachable' in host) {
    notChecked.push({ what: `whether ${host.name} has ${what}`, why: host.unreachable })
    return 'unknown'
  }
  const found = await attempt(notChecked, `whether ${host.name} has ${what}`, async () => ({
    facts: await inspectImage(host.engine, digest),
  }))
  if (found === undefined) return 'unknown'
  return found.facts === undefined ? 'no' : 'yes'
}
