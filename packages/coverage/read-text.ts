import { TextDecoder } from 'node:util'

const LONGEST = 16_384

/** The bytes as UTF-8 without a mark: PowerShell writes a program's output as UTF-16. */
export function asUtf8(bytes: Uint8Array): Uint8Array {
  const [first, second, third] = bytes
  if (first === 0xff && second === 0xfe) return Buffer.from(new TextDecoder('utf-16le').decode(bytes))
  if (first === 0xfe && second === 0xff) return Buffer.from(new TextDecoder('utf-16be').decode(bytes))
  return first === 0xef && second === 0xbb && third === 0xbf ? bytes.subarray(3) : bytes
}

/**
 * Line by line, without its end (LF or CRLF); of a line only the start where it is longer than
 * any path. Each is a text of its own, so that a path that is kept does not keep the whole report.
 */
export function* linesOf(utf8: Uint8Array): Generator<string> {
  const buffer = Buffer.from(utf8.buffer, utf8.byteOffset, utf8.byteLength)
  let at = 0
  while (at < buffer.length) {
    const found = buffer.indexOf(10, at)
    const end = found === -1 ? buffer.length : found
    const stop = end > at && buffer[end - 1] === 13 ? end - 1 : end
    yield buffer.toString('utf8', at, Math.min(stop, at + LONGEST))
    at = end + 1
  }
}

/** The same lines by their places: first byte, and the one behind the last. */
export function eachLine(buffer: Buffer, line: (start: number, end: number) => void): void {
  let at = 0
  while (at < buffer.length) {
    const found = buffer.indexOf(10, at)
    const end = found === -1 ? buffer.length : found
    line(at, Math.min(end > at && buffer[end - 1] === 13 ? end - 1 : end, at + LONGEST))
    at = end + 1
  }
}
