/** Pushes a blob of argv[3] bytes to the registry argv[2] and reads it back; prints what memory that took, in bytes. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { silent } from '@mayfly/core'
import { openRegistry, pushBlob, streamBlob } from '@mayfly/registry'

const [, , host = '', text = '0'] = process.argv
const size = Number(text)
const piece = Buffer.alloc(1024 * 1024, 'mayfly')

function* pieces(): Generator<Buffer> {
  for (let left = size; left > 0; left -= piece.length) yield left < piece.length ? piece.subarray(0, left) : piece
}

const hash = createHash('sha256')
for (const one of pieces()) hash.update(one)
const digest = `sha256:${hash.digest('hex')}`
const registry = openRegistry({ host, credentials: async () => undefined, log: silent })
const before = process.memoryUsage.rss()
const pushed = await pushBlob(registry, 'acme/large', { digest, size, open: () => Readable.from(pieces()) })
const afterPush = process.resourceUsage().maxRSS * 1024
let pulled = 0
for await (const chunk of await streamBlob(registry, 'acme/large', { mediaType: '', digest, size })) pulled += chunk.length
process.stdout.write(JSON.stringify({ before, afterPush, afterPull: process.resourceUsage().maxRSS * 1024, pushed, pulled }))
process.exit(0)
