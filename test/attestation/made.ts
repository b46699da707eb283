import type { Made } from '@mayfly/attestation'

export const MADE: Made = {
  name: 'shop/web',
  version: '1.4.3',
  digest: `sha256:${'ab'.repeat(32)}`,
  repository: 'ghcr.io/acme/shop/web',
  source: 'https://github.com/acme/shop',
  revision: '1'.repeat(40),
  committedAt: new Date('2026-01-02T03:04:05Z'),
  key: 'k',
  base: { name: 'node:24-slim', digest: `sha256:${'cd'.repeat(32)}` },
  kind: 'function',
  runUrl: 'https://github.com/acme/shop/actions/runs/1',
  parameters: { node: '24' },
}
