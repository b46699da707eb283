import type { Component } from './components.ts'
import type { Made } from './made.ts'

/**
 * What is in an artifact, as CycloneDX 1.6 (cyclonedx.org, JSON schema). Written here and not by a library because it has to
 * fit into an action's bundle and to be the same bytes every time: it holds no random serial number and no clock.
 */
export function sbomOf(made: Made, components: readonly Component[]): Buffer {
  const { name, version, digest, repository, revision, source, committedAt } = made
  const hex = digest.slice('sha256:'.length)
  const reference = `pkg:oci/${encodeURIComponent(name.split('/').at(-1) ?? name)}@${encodeURIComponent(digest)}?repository_url=${encodeURIComponent(repository)}`
  const sorted = [...components].sort((a, b) => (a.purl < b.purl ? -1 : 1))
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(hex)}`,
    version: 1,
    metadata: {
      timestamp: committedAt.toISOString(),
      component: {
        type: 'container',
        'bom-ref': reference,
        name,
        version,
        purl: reference,
        hashes: [{ alg: 'SHA-256', content: hex }],
        ...(source === '' ? {} : { externalReferences: [{ type: 'vcs', url: source, comment: revision }] }),
      },
    },
    components: [
      ...(made.base === undefined ? [] : [baseComponent(made.base)]),
      ...sorted.map(({ name: title, version: of, purl, license }) => ({
        type: 'library',
        'bom-ref': purl,
        name: title,
        version: of,
        purl,
        ...(license === '' ? {} : { licenses: [licenseOf(license)] }),
      })),
    ],
    dependencies: [{ ref: reference, dependsOn: sorted.map(({ purl }) => purl) }],
  }
  return Buffer.from(JSON.stringify(document))
}

function baseComponent({ name, digest }: { name: string; digest: string }) {
  return {
    type: 'container',
    'bom-ref': `base:${digest}`,
    name,
    version: digest,
    hashes: [{ alg: 'SHA-256', content: digest.slice('sha256:'.length) }],
  }
}

/** A single identifier may be none that SPDX knows; as a name it is right in any case. */
function licenseOf(license: string) {
  return / (?:OR|AND|WITH) /.test(license) ? { expression: license } : { license: { name: license } }
}

/** Version 8 (RFC 9562): made of what it stands for. */
function uuidOf(hex: string): string {
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`
}
