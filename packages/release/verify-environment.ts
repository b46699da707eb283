import { LABEL } from '@mayfly/core'
import { type Entry, isReleaseVersion } from '@mayfly/ledger'
import { parseReference } from '@mayfly/oci'
import type { Placed } from '@mayfly/project'
import { headManifest, type Registry } from '@mayfly/registry'
import type { ReadContent } from './content.ts'
import { type Findings, noFindings } from './drift.ts'
import { entryOf, splitName } from './names.ts'
import { digestIn, digestsOf, type Running, runningIn, type SeenEnvironment } from './running.ts'
import { attempt, eachOf } from './tracing.ts'

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
  for (const placed of newest.placed) await verifyService(known, seen, placed, running, findings)
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
  known: Known,
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
    const recorded = await attempt(findings.notChecked, what, () => recordedDigests(known, seen, placed.reference))
    if (recorded === undefined || recorded.some((one) => digests.includes(one))) continue
    if (recorded.length === 0) {
      // Without the recorded image nobody can say that it is the same, nor that it is not.
      const why = `neither that host nor a registry has ${placed.reference} any more; it runs ${digest}`
      findings.notChecked.push({ what, why })
      continue
    }
    findings.drifts.push({ kind: 'container-differs', what, expected: placed.reference, found: digest, cure })
  }
}

/** Every digest of what a record names; none where it is nowhere to be had. An image may lose the name that it was pulled by. */
async function recordedDigests({ read }: Known, seen: SeenEnvironment, reference: string): Promise<readonly string[]> {
  const image = await seen.find(reference)
  if (image !== undefined) return digestsOf(image.id, image)
  const at = reference.indexOf('@')
  return at === -1 ? [] : ((await read(reference.slice(0, at), digestIn(reference)))?.digests ?? [])
}

/** A service may be meant to have no container. */
function isWanted({ records }: SeenEnvironment, service: string): boolean {
  const model = records[0]?.model?.services[service]
  // It is run when something is to be tested, and at no other time.
  if (model?.labels?.[LABEL.role] === 'test') return false
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
