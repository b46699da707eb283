import { TextDecoder } from 'node:util'
import { UserError } from '@mayfly/core'

const PIECE = 1024 * 1024

/**
 * A document's bytes as text, piece by piece, in the encoding that its mark or its declaration names
 * (https://www.w3.org/TR/xml/#sec-guessing), UTF-8 if none. Throws a UserError for an encoding that is not known.
 */
export function* xmlText(bytes: Uint8Array): Generator<string> {
  const decoder = decoderOf(encodingOf(bytes))
  for (let at = 0; at < bytes.length; at += PIECE) {
    const text = decoder.decode(bytes.subarray(at, at + PIECE), { stream: true })
    if (text !== '') yield text
  }
  const rest = decoder.decode()
  if (rest !== '') yield rest
}

function encodingOf(bytes: Uint8Array): string {
  const [first, second, third] = bytes
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  if (first === 0x3c && second === 0) return 'utf-16le'
  if (first === 0 && second === 0x3c) return 'utf-16be'
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 200))
  return /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']{1,40})["']/.exec(start)?.[1] ?? 'utf-8'
}

function decoderOf(encoding: string): TextDecoder {
  try {
    // A declaration that is read as bytes cannot mean UTF-16: it was written by a tool that decoded the file since.
    return new TextDecoder(/^utf-?16$/i.test(encoding) ? 'utf-8' : encoding)
  } catch {
    throw new UserError(`line 1: its encoding "${encoding}" is not known.`, { cure: 'Write the report in UTF-8.' })
  }
}
