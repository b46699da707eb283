import assert from 'node:assert/strict'
import { it } from 'node:test'
import { UserError } from '@mayfly/core'
import { isDigest, MANIFEST_TYPES } from '@mayfly/oci'
import fc from 'fast-check'
import { parseManifest } from './parse-manifest.ts'

const descriptor = fc.record(
  {
    mediaType: fc.anything(),
    digest: fc.oneof(fc.constant(`sha256:${'0'.repeat(64)}`), fc.string()),
    size: fc.oneof(fc.nat(), fc.anything()),
    annotations: fc.anything(),
  },
  { requiredKeys: ['digest', 'size'] },
)
const manifest = fc.record(
  {
    mediaType: fc.oneof(fc.constantFrom(...MANIFEST_TYPES), fc.anything()),
    config: fc.oneof(descriptor, fc.anything()),
    layers: fc.oneof(fc.array(descriptor), fc.anything()),
    manifests: fc.oneof(fc.array(descriptor), fc.anything()),
    subject: fc.oneof(descriptor, fc.anything()),
  },
  { requiredKeys: [] },
)

it('whatever JSON a registry sends is either refused in words or an image or an index whose parts have digests', () => {
  const served = fc.oneof(fc.constantFrom(...MANIFEST_TYPES), fc.string())
  fc.assert(
    fc.property(fc.oneof(manifest, fc.anything()), served, (json, type) => {
      const bytes = Buffer.from(JSON.stringify(json, (_, value) => (typeof value === 'bigint' ? 0 : value)) ?? '')
      try {
        const parsed = parseManifest(bytes, type, 'here').manifest
        const parts = 'manifests' in parsed ? parsed.manifests : [parsed.config, ...parsed.layers]
        assert.ok(parts.every((part) => isDigest(part.digest) && part.size >= 0))
      } catch (error) {
        assert.ok(error instanceof UserError, String(error))
      }
    }),
    { numRuns: 500 },
  )
})
