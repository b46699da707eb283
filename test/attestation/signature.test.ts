import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, it } from 'node:test'
import { provenanceOf, readEnvelope, readStatement, sign, verify } from '@mayfly/attestation'
import fc from 'fast-check'
import { MADE } from './made.ts'

const pem = (key: KeyObject) => key.export({ type: key.type === 'public' ? 'spki' : 'pkcs8', format: 'pem' }).toString()
const PAIRS = {
  Ed25519: generateKeyPairSync('ed25519'),
  'ECDSA on P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
}
const STRANGER = pem(generateKeyPairSync('ed25519').publicKey)
const STATEMENT = provenanceOf(MADE)
const bytesOf = (envelope: unknown) => Buffer.from(JSON.stringify(envelope))
/** All but one bit as it was. */
function flip(bytes: Buffer, at: number): Buffer {
  const altered = Buffer.from(bytes)
  const index = (at >> 3) % bytes.length
  altered[index] = (altered[index] ?? 0) ^ (1 << (at & 7))
  return altered
}

for (const [name, pair] of Object.entries(PAIRS)) {
  const [secret, open] = [pem(pair.privateKey), pem(pair.publicKey)]
  const envelope = JSON.parse(sign(STATEMENT, secret).toString())
  const [signature] = envelope.signatures

  describe(`a signature with ${name}`, () => {
    it('is known by its key among others, and by no other', () => {
      const { statement, keyid } = verify(bytesOf(envelope), [STRANGER, open])
      assert.deepEqual(statement, readStatement(STATEMENT))
      assert.deepEqual(readEnvelope(bytesOf(envelope)).keyids, [keyid])
      for (const keys of [[STRANGER], []]) assert.throws(() => verify(bytesOf(envelope), keys), /signed by none of the keys/)
    })

    it('does not survive a change of any bit of the statement', () => {
      const payload = Buffer.from(envelope.payload, 'base64')
      fc.assert(
        fc.property(fc.nat(payload.length * 8 - 1), (at) => {
          const forged = { ...envelope, payload: flip(payload, at).toString('base64') }
          assert.throws(() => verify(bytesOf(forged), [open]), /signed by none of the keys/)
        }),
      )
    })

    it('does not survive a change of any bit of itself', () => {
      const sig = Buffer.from(signature.sig, 'base64')
      fc.assert(
        fc.property(fc.nat(sig.length * 8 - 1), (at) => {
          const forged = { ...envelope, signatures: [{ ...signature, sig: flip(sig, at).toString('base64') }] }
          assert.throws(() => verify(bytesOf(forged), [open]), /signed by none of the keys/)
        }),
      )
    })

    it('is of one type of document alone', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary' }), (payloadType) => {
          assert.throws(() => verify(bytesOf({ ...envelope, payloadType }), [open]), /not an in-toto statement/)
        }),
      )
    })

    it('counts whatever key id is written beside it, and whatever else is', () => {
      const others = [{ sig: '' }, { sig: 7 }, null, { keyid: 'x' }, { sig: Buffer.alloc(64).toString('base64') }]
      const signatures = [...others, { sig: signature.sig, keyid: 'a lie' }]
      assert.equal(verify(bytesOf({ ...envelope, signatures }), [open]).keyid, signature.keyid)
    })

    it('is read in URL-safe base64 too', () => {
      const safe = (text: string) => Buffer.from(text, 'base64').toString('base64url')
      const written = { ...envelope, payload: safe(envelope.payload), signatures: [{ sig: safe(signature.sig) }] }
      assert.deepEqual(verify(bytesOf(written), [open]).statement, readStatement(STATEMENT))
    })
  })
}

describe('signing', () => {
  it('with Ed25519 gives the same bytes every time', () => {
    const secret = pem(PAIRS.Ed25519.privateKey)
    assert.deepEqual(sign(STATEMENT, secret), sign(STATEMENT, secret))
  })

  it('does not make a statement of what is none', () => {
    const { privateKey, publicKey } = PAIRS.Ed25519
    assert.throws(() => verify(sign(Buffer.from('{}'), pem(privateKey)), [pem(publicKey)]), /no in-toto statement/)
  })

  const [rsa, p384] = [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('ec', { namedCurve: 'P-384' })]
  const locked = PAIRS.Ed25519.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' })
  const wrong: [what: string, key: string, message: RegExp][] = [
    ['RSA', pem(rsa.privateKey), /signing key is of the type rsa/],
    ['P-384', pem(p384.privateKey), /signing key is of the type ec/],
    ['no key', 'secret words', /no PEM of a private key/],
    ['a public key', pem(PAIRS.Ed25519.publicKey), /no PEM of a private key/],
    ['one with a passphrase', locked.toString(), /without a passphrase/],
  ]
  for (const [what, key, message] of wrong) {
    it(`is refused with ${what}, without showing it`, () =>
      assert.throws(
        () => sign(STATEMENT, key),
        (error: Error) => error.name === 'UserError' && message.test(error.message) && !error.message.includes(key),
      ))
  }

  const untrusted: [what: string, key: string, message: RegExp][] = [
    ['RSA', pem(rsa.publicKey), /keys to trust is of the type rsa/],
    ['P-384', pem(p384.publicKey), /keys to trust is of the type ec/],
    ['no key', '-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----', /no PEM of a public key/],
    ['a private key', pem(PAIRS.Ed25519.privateKey), /is a private key/],
  ]
  for (const [what, key, message] of untrusted) {
    it(`is not believed, and no other key is asked, where one to trust is ${what}`, () => {
      const envelope = sign(STATEMENT, pem(PAIRS.Ed25519.privateKey))
      const keys = [pem(PAIRS.Ed25519.publicKey), key]
      assert.throws(() => verify(envelope, keys), { name: 'UserError', message })
    })
  }
})

describe('an envelope that somebody else wrote', () => {
  const good = { payload: '', payloadType: 'x', signatures: [] }
  const refused: [what: string, envelope: unknown, why: RegExp][] = [
    ['no object', [good], /a field is missing/],
    ['no payload', { ...good, payload: undefined }, /a field is missing/],
    ['a payload that is no text', { ...good, payload: [1] }, /a field is missing/],
    ['signatures that are no list', { ...good, signatures: { length: 1 } }, /a field is missing/],
    ['a payload that is not base64', { ...good, payload: 'e30=!' }, /a field is not base64/],
    ['a signature that is not base64', { ...good, signatures: [{ sig: 'a b' }] }, /a field is not base64/],
    ['many signatures', { ...good, signatures: Array(21).fill({}) }, /more than 20 signatures/],
  ]
  for (const [what, envelope, message] of refused) {
    it(`is refused: ${what}`, () => assert.throws(() => readEnvelope(bytesOf(envelope)), { name: 'UserError', message }))
  }

  it('is refused where it is huge or is not JSON', () => {
    const refuse = (bytes: Buffer, message: RegExp) => assert.throws(() => readEnvelope(bytes), { name: 'UserError', message })
    refuse(Buffer.alloc(8 * 1024 * 1024 + 1, ' '), /larger than 8 MiB/)
    refuse(Buffer.from('nothing'), /not JSON/)
  })
})
