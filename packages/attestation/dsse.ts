import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto'
import { UserError } from '@mayfly/core'
import { readStatement, type Statement } from './statement.ts'

const PAYLOAD_TYPE = 'application/vnd.in-toto+json'

/**
 * A statement in a signed envelope (github.com/secure-systems-lab/dsse). Ed25519 keys always give the same bytes.
 * @param key PEM of a private key: Ed25519, or ECDSA on P-256.
 */
export function sign(statement: Uint8Array, key: string): Buffer {
  const secret = readKey(() => createPrivateKey(key))
  const signature = signBytes(hashOf(secret), preAuthentication(PAYLOAD_TYPE, statement), secret)
  const signatures = [{ keyid: keyIdOf(createPublicKey(secret)), sig: signature.toString('base64') }]
  return Buffer.from(
    JSON.stringify({ payload: Buffer.from(statement).toString('base64'), payloadType: PAYLOAD_TYPE, signatures }),
  )
}

/**
 * The statement of an envelope that one of these keys has signed.
 * @throws UserError where none of them has, or it was changed since.
 */
export function verify(envelope: Uint8Array, publicKeys: readonly string[]): { statement: Statement; keyid: string } {
  const { payload, payloadType, signatures } = readEnvelope(envelope)
  if (payloadType !== PAYLOAD_TYPE)
    throw new UserError(`The envelope holds ${JSON.stringify(payloadType.slice(0, 80))}, not an in-toto statement.`)
  const signed = preAuthentication(payloadType, payload)
  for (const text of publicKeys) {
    const key = readKey(() => createPublicKey(text))
    if (signatures.some((signature) => verifyBytes(hashOf(key), signed, key, signature)))
      return { statement: readStatement(payload), keyid: keyIdOf(key) }
  }
  throw new UserError('The envelope is signed by none of the keys that were given, or was changed since it was signed.', {
    cure: 'Give the public key of whoever signs your builds, or build again.',
  })
}

/** What an envelope says, believed or not, and by which keys it claims to be signed. */
export function readEnvelope(bytes: Uint8Array): {
  payload: Buffer
  payloadType: string
  signatures: Buffer[]
  keyids: string[]
} {
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    throw new UserError('This is no signed envelope: it is not JSON.')
  }
  const field = (value: unknown, name: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  const [payload, payloadType, signatures] = [field(json, 'payload'), field(json, 'payloadType'), field(json, 'signatures')]
  if (typeof payload !== 'string' || typeof payloadType !== 'string' || !Array.isArray(signatures))
    throw new UserError('This is no signed envelope: a field is missing.')
  const read = signatures.slice(0, 20).map((one: unknown) => ({ sig: field(one, 'sig'), keyid: field(one, 'keyid') }))
  return {
    payload: Buffer.from(payload, 'base64'),
    payloadType,
    signatures: read.flatMap(({ sig }) => (typeof sig === 'string' ? [Buffer.from(sig, 'base64')] : [])),
    keyids: read.flatMap(({ keyid }) => (typeof keyid === 'string' ? [keyid] : [])),
  }
}

/** DSSE's pre-authentication encoding: the type is signed too, and no length can be shifted. */
export function preAuthentication(type: string, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload])
}

function hashOf(key: KeyObject): 'sha256' | null {
  return key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
}

function readKey(read: () => KeyObject): KeyObject {
  let key: KeyObject
  try {
    key = read()
  } catch (cause) {
    throw new UserError('The signing key is no PEM of a key.', { cure: 'Make one: openssl genpkey -algorithm ed25519', cause })
  }
  if (key.asymmetricKeyType === 'ed25519' || key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  throw new UserError(`The signing key is of the type ${key.asymmetricKeyType}.`, { cure: 'Use Ed25519, or ECDSA on P-256.' })
}

/** SHA-256 of the public key as DER (SPKI), hexadecimal. */
export function keyIdOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
}
