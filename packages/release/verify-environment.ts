import type { Entry } from '@mayfly/ledger'
import { parseReference } from '@mayfly/oci'
import type { Placed } from '@mayfly/project'
import { headManifest, type Registry } from '@mayfly/registry'
import type { ReadContent } from './content.ts'
import { type Findings, noFindings } from './drift.ts'
import { digestIn, digestsOf, type Running, runningIn, type SeenEnvironment } from './running.ts'
import { attempt, eachOf } from './tracing.ts'
import { isReleaseVersion } from './verify-registry.ts'

/** What environments are compared with. */
export interface Known {
  registries: (host: string) => Registry
  read: ReadContent
  /** Undefined where the ledger could not be read: then nothing is held against it. */
  entries: readonly Entry[] | undefined
}

/** Compares one environment with its own record, with the ledger and with the registries that its artifacts come from. */
export async function verifyEnvironment(known: Known, seen: SeenEnvironment): Promise<Findings> {
  const findings = noFindings()
  const [newest] = seen.records
  const where = placeOf(seen)
  if (newest === undefined || newest.placed.length === 0) {
    const why = newest === undefined ? 'no deployment of it ended well yet' : 'its record does not say what was placed'
    findings.notChecked.push({ what: where, why })
    return findings
  }
  const running = runningIn(seen)
  for (const placed of newest.placed) await verifyService(seen, placed, running, findings)
  const recorded = seen.records.flatMap((record) => record.placed)
  const once = [...Map.groupBy(recorded, ({ name, reference }) => `${name} ${reference}`).values()].flatMap(([one]) => one ?? [])
  await eachOf(once, (placed) => verifyVersion(known, where, placed, findings))
  await eachOf(newest.placed, (placed) => verifyPresence(known, where, placed, findings))
  return findings
}

/** For people: which environment, and on which host. */
export function placeOf({ environment, host }: SeenEnvironment): string {
  return `${environment.id} on ${host}`
}

/** A container's image against the record: somebody may have changed it by hand. */
async function verifyService(
  seen: SeenEnvironment,
  placed: Placed,
  running: readonly Running[],
  findings: Findings,
): Promise<void> {
  const what = `${placed.service} of ${placeOf(seen)}`
  const own = running.filter(({ service }) => service === placed.service)
  const cure = 'Deploy or promote again: that puts back what is recorded.'
  if (own.length === 0 && isWanted(seen, placed.service)) {
    findings.drifts.push({ kind: 'service-missing', what, expected: placed.reference, found: 'no container', cure })
  }
  for (const { digests, digest } of own) {
    if (digests.includes(digestIn(placed.reference))) continue
    const recorded = await attempt(findings.notChecked, what, async () => ({ facts: await seen.find(placed.reference) }))
    if (recorded === undefined) continue
    if (recorded.facts === undefined) {
      // An image may lose the name that it was pulled by. Without it nobody can say that it is the same, nor that it is not.
      findings.notChecked.push({ what, why: `${placed.reference} is on that host no more; it runs ${digest}` })
      continue
    }
    if (digestsOf(recorded.facts.id, recorded.facts).some((one) => digests.includes(one))) continue
    findings.drifts.push({ kind: 'container-differs', what, expected: placed.reference, found: digest, cure })
  }
}

/** A service may be meant to have no container. */
function isWanted({ records }: SeenEnvironment, service: string): boolean {
  const model = records[0]?.model?.services[service]
  return (model?.deploy?.replicas ?? model?.scale ?? 1) > 0
}

/** What the ledger says of the version that a deployment named. */
async function verifyVersion({ entries, read }: Known, where: string, placed: Placed, findings: Findings): Promise<void> {
  const found = splitName(placed.name)
  if (found === undefined || !isReleaseVersion(found.version) || entries === undefined) return
  const what = `${placed.service} of ${where}: ${placed.name}`
  const entry = entryOf(entries, placed)
  const digest = digestIn(placed.reference)
  if (entry === undefined) {
    findings.drifts.push({
      kind: 'version-unknown',
      what,
      expected: 'an entry of the ledger',
      found: 'none',
      cure: 'Release that version, or promote one that the ledger has.',
    })
    return
  }
  if (digest === entry.digest) return
  const others = await otherDigests(read, entry, what, findings)
  if (others === undefined || others.includes(digest)) return
  findings.drifts.push({
    kind: 'version-differs',
    what,
    expected: entry.digest,
    found: digest,
    cure: `Promote ${entry.name}@${entry.version} again: what is deployed under its name is something else.`,
  })
}

/** An engine may know a released image by another digest than its registry; undefined where that cannot be known. */
async function otherDigests(
  read: ReadContent,
  entry: Entry,
  what: string,
  findings: Findings,
): Promise<readonly string[] | undefined> {
  if (entry.repository === '') return []
  const found = await attempt(findings.notChecked, what, async () => ({ content: await read(entry.repository, entry.digest) }))
  if (found !== undefined && found.content === undefined)
    findings.notChecked.push({ what, why: `${entry.repository}@${entry.digest}, which it should be, is not to be had` })
  return found?.content?.digests
}

/** Whether what runs could be pulled once more: a host that is lost is set up again from the registry. */
async function verifyPresence({ registries }: Known, where: string, placed: Placed, findings: Findings): Promise<void> {
  // Ready images are somebody else's registry's matter.
  if (splitName(placed.name) === undefined || !placed.reference.includes('@')) return
  const what = `${placed.service} of ${where}`
  const found = await attempt(findings.notChecked, what, async () => {
    const { registry, repository } = parseReference(placed.reference, 'The recorded reference')
    return { head: await headManifest(registries(registry), repository, digestIn(placed.reference)) }
  })
  if (found === undefined || found.head !== undefined) return
  findings.drifts.push({
    kind: 'digest-gone',
    what,
    expected: placed.reference,
    found: 'nothing in the registry',
    cure: 'It runs from that host alone: push it from there (docker push), or promote a version that the registry has.',
  })
}

/** The entry that a deployment means by a name such as `shop/web@1.4.2` or `web@1.4.2`. */
export function entryOf(entries: readonly Entry[], { name, service }: Pick<Placed, 'name' | 'service'>): Entry | undefined {
  const found = splitName(name)
  const same = entries.filter(({ version }) => version === found?.version)
  const called = (entry: Entry) => entry.name === found?.name || found?.name.endsWith(`/${entry.name}`) === true
  return same.find((entry) => entry.name === service && called(entry)) ?? same.find(called)
}

/** `shop/web@1.4.2` in two; undefined for what is no name and version, such as a ready image's reference. */
export function splitName(text: string): { name: string; version: string } | undefined {
  const at = text.lastIndexOf('@')
  return at <= 0 || /^sha256:/.test(text.slice(at + 1)) ? undefined : { name: text.slice(0, at), version: text.slice(at + 1) }
}
