import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { UserError } from '@mayfly/core'

/**
 * The key that signs.
 * @throws UserError where it is no key, needs a passphrase or is of another kind.
 */
export function readPrivateKey(text: string): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(text)
  } catch (cause) {
    throw new UserError('The signing key is no PEM of a private key without a passphrase.', {
      cure: 'Make one: openssl genpkey -algorithm ed25519',
      cause,
    })
  }
  return usable(key, 'The signing key')
}

/**
 * A key that is trusted: PEM of a public key or a certificate.
 * @throws UserError where it is no key, is a private one or is of another kind.
 */
export function readPublicKey(text: string): KeyObject {
  const cure = 'Make it from the signing key: openssl pkey -in key.pem -pubout'
  // Node would take the public half of it; but who hands it in here has taken the secret to where it does not belong.
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw new UserError('One of the keys to trust is a private key.', { cure: `Give the public one. ${cure}` })
  }
  let key: KeyObject
  try {
    key = createPublicKey(text)
  } catch (cause) {
    throw new UserError('One of the keys to trust is no PEM of a public key.', { cure, cause })
  }
  return usable(key, 'One of the keys to trust')
}

function usable(key: KeyObject, what: string): KeyObject {
  if (key.asymmetricKeyType === 'ed25519' || key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  throw new UserError(`${what} is of the type ${key.asymmetricKeyType}.`, { cure: 'Use Ed25519, or ECDSA on P-256.' })
}

/** SHA-256 of a key's public half as DER (SPKI), hexadecimal. */
export function keyIdOf(key: KeyObject): string {
  const open = key.type === 'public' ? key : createPublicKey(key)
  return createHash('sha256')
    .update(open.export({ type: 'spki', format: 'der' }))
    .digest('hex')
}

/** What is signed is hashed first, but for Ed25519, which does that itself (RFC 8032). */
export function hashOf(key: KeyObject): 'sha256' | null {
  return key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
}
