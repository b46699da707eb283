import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { provenanceOf, sign, verify } from '@mayfly/attestation'
import { command } from '@mayfly/core'
import { MADE } from './made.ts'

/** Where openssl makes its keys: an implementation that knows nothing of this one. */
let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayfly-dsse-'))
})
after(() => rm(folder, { recursive: true, force: true }))

const KINDS = {
  Ed25519: { make: ['-algorithm', 'ed25519'], raw: ['-rawin'] },
  'ECDSA on P-256': { make: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'], raw: ['-rawin', '-digest', 'sha256'] },
}

async function openssl(...args: string[]): Promise<number> {
  const { code } = await command(['openssl', ...args], { cwd: folder, env: { PATH: process.env.PATH ?? '' } })
  return code
}

async function makeKey(kind: readonly string[]): Promise<{ secret: string; open: string }> {
  assert.equal(await openssl('genpkey', ...kind, '-out', 'key.pem'), 0)
  assert.equal(await openssl('pkey', '-in', 'key.pem', '-pubout', '-out', 'open.pem'), 0)
  const text = (name: string) => readFile(join(folder, name), 'utf8')
  return { secret: await text('key.pem'), open: await text('open.pem') }
}

/** Pre-authentication encoding, written out as the specification has it. */
function encoded(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${payload.length} `), payload])
}

const TYPE = 'application/vnd.in-toto+json'

for (const [name, { make, raw }] of Object.entries(KINDS)) {
  describe(`with ${name}`, () => {
    it('openssl finds a signature right, and wrong over anything else', async () => {
      const { secret } = await makeKey(make)
      const envelope = JSON.parse(sign(provenanceOf(MADE), secret).toString())
      const payload = Buffer.from(envelope.payload, 'base64')
      await writeFile(join(folder, 'signature'), Buffer.from(envelope.signatures[0].sig, 'base64'))
      const check = async (signed: Buffer) => {
        await writeFile(join(folder, 'signed'), signed)
        const files = ['-in', 'signed', '-sigfile', 'signature']
        return openssl('pkeyutl', '-verify', '-pubin', '-inkey', 'open.pem', ...raw, ...files)
      }
      assert.equal(await check(encoded(payload)), 0)
      assert.notEqual(await check(payload), 0)
    })

    it('a signature that openssl made is verified', async () => {
      const { open } = await makeKey(make)
      const payload = provenanceOf(MADE)
      await writeFile(join(folder, 'signed'), encoded(payload))
      assert.equal(await openssl('pkeyutl', '-sign', '-inkey', 'key.pem', ...raw, '-in', 'signed', '-out', 'signature'), 0)
      const sig = (await readFile(join(folder, 'signature'))).toString('base64')
      const envelope = { payload: payload.toString('base64'), payloadType: TYPE, signatures: [{ sig }] }
      const { statement } = verify(Buffer.from(JSON.stringify(envelope)), [open])
      assert.deepEqual(statement.subject, [{ name: MADE.repository, digest: MADE.digest }])
    })

    it('the key id is the SHA-256 of the public key as openssl writes it', async () => {
      const { secret } = await makeKey(make)
      assert.equal(await openssl('pkey', '-in', 'key.pem', '-pubout', '-outform', 'DER', '-out', 'open.der'), 0)
      const expected = createHash('sha256')
        .update(await readFile(join(folder, 'open.der')))
        .digest('hex')
      assert.equal(JSON.parse(sign(provenanceOf(MADE), secret).toString()).signatures[0].keyid, expected)
    })
  })
}
