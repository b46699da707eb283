import { createHash } from 'node:crypto'
import type { Blob } from './types.ts'

/** `sha256:...` of these bytes. */
export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

export function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text)
}

export function blobOf(bytes: Uint8Array): Blob {
  return { digest: digestOf(bytes), size: bytes.length, bytes }
}
