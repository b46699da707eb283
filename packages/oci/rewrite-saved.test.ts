import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { digestOf } from './digest.ts'
import { readSaved } from './rewrite-saved.ts'
import { type TarEntry, tar } from './tar.ts'

const layer = (name: string) => tar([{ path: name, kind: 'file', bytes: Buffer.from(name) }], 0)
const BASE = layer('base')
const OWN = layer('own')

interface Saved {
  layers: Buffer[]
  /** What the configuration says they unpack to. */
  diffIds: string[]
  /** Names of blobs, instead of their digests. */
  named?: (bytes: Buffer) => string
  leftOut?: Buffer
  images?: number
}

function saved({ layers, diffIds, named = (bytes) => digestOf(bytes), leftOut, images = 1 }: Saved): Buffer {
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } }),
  )
  const path = (digest: string) => `blobs/sha256/${digest.slice(7)}`
  const legacy = { Config: path(digestOf(config)), RepoTags: [], Layers: layers.map((bytes) => path(named(bytes))) }
  const manifest = Buffer.from(
    JSON.stringify({ layers: layers.map((bytes) => ({ mediaType: 'a/layer', digest: named(bytes), size: bytes.length })) }),
  )
  const index = { manifests: [{ digest: digestOf(manifest) }] }
  const file = (name: string, bytes: Uint8Array): TarEntry => ({ path: name, kind: 'file', bytes })
  return tar(
    [
      file('index.json', Buffer.from(JSON.stringify(index))),
      file('manifest.json', Buffer.from(JSON.stringify(Array.from({ length: images }, () => legacy)))),
      file(path(digestOf(config)), config),
      file(path(digestOf(manifest)), manifest),
      ...layers.filter((bytes) => bytes !== leftOut).map((bytes) => file(path(named(bytes)), bytes)),
    ],
    0,
  )
}

async function read(archive: Buffer, notWanted: string[] = [], piece = archive.length) {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-saved-'))
  const pieces = Array.from({ length: Math.ceil(archive.length / piece) }, (_, i) => archive.subarray(i * piece, (i + 1) * piece))
  try {
    const image = await readSaved(Readable.from(pieces), new Set(notWanted), folder)
    const files = await Promise.all(image.layers.map(({ file }) => (file === undefined ? undefined : readFile(file))))
    return { image, files }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe('an image as an engine saves it', () => {
  for (const [how, pack] of [
    ['plain', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => zstdCompressSync(bytes)],
  ] as const) {
    it(`gives its own layers uncompressed and names the base's: ${how}`, async () => {
      const diffIds = [digestOf(BASE), digestOf(OWN)]
      const { image, files } = await read(saved({ layers: [BASE, OWN].map(pack), diffIds }), [digestOf(BASE)])
      assert.deepEqual(files, [undefined, OWN])
      assert.deepEqual(
        image.layers.map(({ diffId }) => diffId),
        diffIds,
      )
      assert.deepEqual(image.layers[1]?.stored, { mediaType: 'a/layer', digest: digestOf(pack(OWN)), size: pack(OWN).length })
    })
  }

  it('is read the same in pieces of any size', async () => {
    for (const size of [1, 511, 513]) {
      const { files } = await read(saved({ layers: [BASE, OWN], diffIds: [BASE, OWN].map(digestOf) }), [], size)
      assert.deepEqual(files, [BASE, OWN])
    }
  })

  it('may have a layer twice', async () => {
    const packed = gzipSync(OWN)
    const { files } = await read(saved({ layers: [packed, packed], diffIds: [digestOf(OWN), digestOf(OWN)] }))
    assert.deepEqual(files, [OWN, OWN])
  })

  const good = { layers: [BASE, OWN], diffIds: [digestOf(BASE), digestOf(OWN)] }
  const other = digestOf(layer('other'))
  const REFUSED: [string, Buffer, RegExp][] = [
    [
      'a blob that is not what its name says',
      saved({ ...good, named: (bytes) => (bytes === OWN ? other : digestOf(bytes)) }),
      /not what its digest/,
    ],
    [
      'a layer that is not what the configuration says',
      saved({ ...good, diffIds: [digestOf(BASE), other] }),
      /not what its digest/,
    ],
    ['a packed layer that is not', saved({ layers: [gzipSync(OWN)], diffIds: [other] }), /not what its digest/],
    ['fewer layers than the configuration has', saved({ ...good, layers: [BASE] }), /does not name/],
    ['a layer that is missing', saved({ ...good, leftOut: OWN }), /lacks the layer/],
    ['several images', saved({ ...good, images: 2 }), /one image/],
    ['no image', tar([], 0), /one image/],
    [
      'a name that leads elsewhere',
      tar([{ path: 'manifest.json', kind: 'file', bytes: Buffer.from('[{"Config":"../x"}]') }], 0),
      /older than OCI/,
    ],
    ['an archive that is cut', saved(good).subarray(0, 3000), /ends too early/],
  ]
  for (const [what, archive, why] of REFUSED) {
    it(`is refused: ${what}`, async () => {
      await assert.rejects(read(archive), why)
    })
  }
})
