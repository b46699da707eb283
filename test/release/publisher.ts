/**
 * One publisher: pushes a small image that holds a text, and publishes it under a version. Each step is a line on standard output;
 * the last one is `done: <outcome>` or `refused: <message>`.
 */
import { Readable } from 'node:stream'
import { silent, UserError } from '@mayfly/core'
import { openLedger } from '@mayfly/ledger'
import { assemble, digestOf, layerOf } from '@mayfly/oci'
import { openRegistry, pushBlob, writeManifest } from '@mayfly/registry'
import { publish } from '@mayfly/release'

const [, , host = '', remote = '', checkout = '', name = '', version = '', text = '', revision = ''] = process.argv

const say = (line: string) => void process.stdout.write(`${line}\n`)
const registry = openRegistry({ host, credentials: async () => undefined, log: silent, pause: 20 })
const repository = `acme/shop/${name}`

const layer = layerOf([{ path: 'app/text', kind: 'file', bytes: Buffer.from(text) }], 0, false)
const image = assemble({
  base: {
    name: 'scratch',
    digest: digestOf(''),
    config: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } },
    layers: [],
  },
  layers: [layer],
  run: { Cmd: ['/app/text'] },
  labels: { text },
  annotations: { text },
  created: new Date(0),
})
for (const bytes of [image.config.bytes, layer.bytes]) {
  await pushBlob(registry, repository, { digest: digestOf(bytes), size: bytes.length, open: () => Readable.from([bytes]) })
}
await writeManifest(registry, repository, { mediaType: image.mediaType, bytes: image.manifest.bytes })
const ledger =
  remote === '' ? undefined : openLedger({ directory: checkout, remote, environment: process.env, log: silent, pause: 20 })
const entry = {
  name,
  version,
  digest: image.manifest.digest,
  repository: `${host}/${repository}`,
  revision,
  key: digestOf(text).slice(7),
  base: '',
  pullRequest: undefined,
  createdAt: new Date(1_700_000_000_000),
}
try {
  const published = await publish({ ledger, registries: () => registry, log: { ...silent, info: say, warn: say } }, entry)
  say(`done: ${published.outcome}, ${published.kept}`)
} catch (error) {
  if (!(error instanceof UserError)) throw error
  say(`refused: ${error.message.replaceAll('\n', ' | ')} ${error.cure ?? ''}`)
}
process.exit(0)
