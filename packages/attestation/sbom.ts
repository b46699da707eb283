import { createHash } from 'node:crypto'
import { type Component, eachOnce } from './components.ts'
import { toHash } from './integrity.ts'
import { cyclonedxLicense } from './license.ts'
import { BUILDER, type Made } from './made.ts'
import { ociPurl } from './purl.ts'

/**
 * What is in an artifact, as CycloneDX 1.6 (cyclonedx.org, JSON schema). Written here and not by @cyclonedx/cyclonedx-esbuild,
 * which costs each build 143 ms, because it has to fit into an action's bundle, to take less than 10 ms, and to be the same
 * bytes every time: it holds no random serial number and no clock.
 */
export function sbomOf(made: Made, components: readonly Component[]): Buffer {
  const { name, version, digest, repository, revision, source, committedAt } = made
  const reference = ociPurl(repository, digest)
  const base = made.base === undefined ? [] : [baseComponent(made.base)]
  const packages = eachOnce(components).map(packageComponent)
  const content = {
    version: 1,
    metadata: {
      timestamp: committedAt.toISOString(),
      lifecycles: [{ phase: 'build' }],
      tools: { components: [{ type: 'application', name: 'mayfly', version: BUILDER.version }] },
      component: {
        type: 'container',
        'bom-ref': reference,
        name,
        version,
        purl: reference,
        hashes: [sha256(digest)],
        ...(source === '' ? {} : { externalReferences: [{ type: 'vcs', url: source, comment: revision }] }),
      },
    },
    components: [...base, ...packages],
    dependencies: [{ ref: reference, dependsOn: [...base, ...packages].map((one) => one['bom-ref']) }],
  }
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(content))}`
  return Buffer.from(JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber, ...content }))
}

function packageComponent({ name, version, purl, license, hash }: Component) {
  const checked = hash === undefined ? undefined : toHash(hash)
  return {
    type: 'library',
    'bom-ref': purl,
    name: name.toWellFormed(),
    ...(version === '' ? {} : { version: version.toWellFormed() }),
    purl,
    ...(checked === undefined ? {} : { hashes: [checked] }),
    ...(license === '' ? {} : { licenses: [cyclonedxLicense(license)] }),
  }
}

function baseComponent({ name, digest }: { name: string; digest: string }) {
  return { type: 'container', 'bom-ref': `base:${digest}`, name, version: digest, hashes: [sha256(digest)] }
}

function sha256(digest: string) {
  return { alg: 'SHA-256', content: digest.replace('sha256:', '') }
}

/** Version 8 (RFC 9562), made of the content: one document has one number, and two never share theirs. */
function uuidOf(content: string): string {
  const bytes = createHash('sha256').update(content).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
