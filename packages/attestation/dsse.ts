import { sign as signBytes, verify as verifyBytes } from 'node:crypto'
import { UserError } from '@mayfly/core'
import { fieldOf, parseBounded } from './json.ts'
import { hashOf, keyIdOf, readPrivateKey, readPublicKey } from './keys.ts'
import { ARTIFACT_TYPE } from './made.ts'
import { LARGEST_STATEMENT, readStatement, type Statement } from './statement.ts'

const PAYLOAD_TYPE = ARTIFACT_TYPE.statement
/** In bytes: a statement in base64, and its signatures. */
const LARGEST = 2 * LARGEST_STATEMENT
const MOST_SIGNATURES = 20

/**
 * A statement in a signed envelope (github.com/secure-systems-lab/dsse). Ed25519 keys always give the same bytes; ECDSA has
 * something random in every signature, so that signing again gives others.
 * @param key PEM of a private key: Ed25519, or ECDSA on P-256 (its signatures are DER, as openssl and cosign have them).
 * @throws UserError where it is another, or needs a passphrase.
 */
export function sign(statement: Uint8Array, key: string): Buffer {
  const secret = readPrivateKey(key)
  const signature = signBytes(hashOf(secret), preAuthentication(PAYLOAD_TYPE, statement), secret)
  const signatures = [{ keyid: keyIdOf(secret), sig: signature.toString('base64') }]
  return Buffer.from(
    JSON.stringify({ payload: Buffer.from(statement).toString('base64'), payloadType: PAYLOAD_TYPE, signatures }),
  )
}

/**
 * The statement of an envelope that one of these keys has signed. Whether it is about what is asked for, the caller sees from
 * its subject. The key ids that the envelope names are not looked at: nobody has signed them.
 * @param publicKeys PEM (SPKI).
 * @throws UserError where none of them has signed it, it was changed since, or a key is none.
 */
export function verify(envelope: Uint8Array, publicKeys: readonly string[]): { statement: Statement; keyid: string } {
  const keys = publicKeys.map(readPublicKey)
  const { payload, payloadType, signatures } = readEnvelope(envelope)
  if (payloadType !== PAYLOAD_TYPE)
    throw new UserError(`The envelope holds ${JSON.stringify(payloadType.slice(0, 80))}, not an in-toto statement.`)
  const signed = preAuthentication(payloadType, payload)
  const key = keys.find((one) => signatures.some((signature) => verifyBytes(hashOf(one), signed, one, signature)))
  if (key !== undefined) return { statement: readStatement(payload), keyid: keyIdOf(key) }
  throw new UserError('The envelope is signed by none of the keys that were given, or was changed since it was signed.', {
    cure: 'Give the public key of whoever signs your builds, or build again.',
  })
}

export interface Envelope {
  payload: Buffer
  payloadType: string
  signatures: Buffer[]
  /** By which keys it claims to be signed. */
  keyids: string[]
}

/**
 * What an envelope says, believed or not.
 * @throws UserError where it is none, or is too large.
 */
export function readEnvelope(bytes: Uint8Array): Envelope {
  const json = parseBounded(bytes, 'signed envelope', LARGEST)
  const wrong = (why: string) => new UserError(`This is no signed envelope: ${why}.`)
  const [payload, payloadType, signatures] = ['payload', 'payloadType', 'signatures'].map((name) => fieldOf(json, name))
  if (typeof payload !== 'string' || typeof payloadType !== 'string' || !Array.isArray(signatures))
    throw wrong('a field is missing')
  if (signatures.length > MOST_SIGNATURES) throw wrong(`it has more than ${MOST_SIGNATURES} signatures`)
  const read = signatures.map((one: unknown) => ({ sig: fieldOf(one, 'sig'), keyid: fieldOf(one, 'keyid') }))
  return {
    payload: fromBase64(payload),
    payloadType,
    signatures: read.flatMap(({ sig }) => (typeof sig === 'string' ? [fromBase64(sig)] : [])),
    keyids: read.flatMap(({ keyid }) => (typeof keyid === 'string' ? [keyid] : [])),
  }
}

/** Standard or URL-safe, as DSSE allows. Buffer alone skips what is neither, and so reads what others refuse. */
function fromBase64(text: string): Buffer {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) throw new UserError('This is no signed envelope: a field is not base64.')
  return Buffer.from(text, 'base64')
}

/** DSSE's pre-authentication encoding: the type is signed too, and no length can be shifted. */
export function preAuthentication(type: string, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload])
}
