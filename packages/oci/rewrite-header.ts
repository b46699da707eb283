/** One header block of an archive and every block of content is this long (POSIX pax, "ustar Interchange Format"). */
export const BLOCK = 512

/** What comes before the header that it belongs to: pax records, or a long name or target as GNU tar writes them. */
export const PRELUDES: readonly string[] = ['x', 'L', 'K']
/** Links, devices and folders: whatever size their header claims, nothing follows it (as the engine's own reader has it). */
const WITHOUT_CONTENT = ['1', '2', '3', '4', '5', '6']
const MTIME = { offset: 136, length: 12 }
const SIZE = { offset: 124, length: 12 }
/** Where GNU's own format, which its magic tells apart, keeps when a file was read and when its inode changed. */
const GNU_TIMES = [
  { offset: 345, length: 12 },
  { offset: 357, length: 12 },
]

interface Field {
  offset: number
  length: number
}

export function isEnd(block: Buffer): boolean {
  return block.every((byte) => byte === 0)
}

/** @throws where the block's sum is wrong: what follows is then no archive, or is one that was cut. */
export function checkSum(block: Buffer): void {
  if (readNumber(block, { offset: 148, length: 8 }) !== sumOf(block)) throw new Error('This is not a header of a tar archive.')
}

/** `0` is a file, as is the empty one of old archives; `x`, `g`, `L` and `K` say something of what follows. */
export function typeOf(block: Buffer): string {
  const type = String.fromCharCode(block[156] ?? 0)
  return type === '\0' || type === '7' ? '0' : type
}

/** Bytes of content as the header says; a pax record may say otherwise. */
export function sizeOf(block: Buffer): number {
  return WITHOUT_CONTENT.includes(typeOf(block)) ? 0 : readNumber(block, SIZE)
}

/** Each byte one character, so that texts compare as their bytes do, whatever they are written in. */
export function nameOf(block: Buffer): string {
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? readText(block, { offset: 345, length: 155 }) : ''
  const name = readText(block, { offset: 0, length: 100 })
  return prefix === '' ? name : `${prefix}/${name}`
}

export function targetOf(block: Buffer): string {
  return readText(block, { offset: 157, length: 100 })
}

/** The newest of the times in it, in seconds since 1970. */
export function timeOf(block: Buffer): number {
  return Math.max(...timesOf(block).map((field) => readNumber(block, field)))
}

/** Content is filled up to whole blocks. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK
}

/** A copy with no time after `epoch`; with `always`, its time is `epoch`. */
export function clampTimes(block: Buffer, epoch: number, always = false): Buffer {
  const copy = Buffer.from(block)
  for (const field of timesOf(copy)) if (readNumber(copy, field) > epoch) writeNumber(copy, field, epoch)
  if (always) writeNumber(copy, MTIME, epoch)
  return summed(copy)
}

/** A copy for content of another size. */
export function resize(block: Buffer, size: number): Buffer {
  const copy = Buffer.from(block)
  writeNumber(copy, SIZE, size)
  return summed(copy)
}

/** The header of a file that anybody may read, as of 1970. */
export function fileHeader(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  if (name.length > 100) throw new Error(`${name} is too long for this.`)
  block.write(name, 0, 'latin1')
  for (const [offset, value] of [
    [100, 0o644],
    [108, 0],
    [116, 0],
  ] as const)
    writeNumber(block, { offset, length: 8 }, value)
  writeNumber(block, SIZE, size)
  writeNumber(block, MTIME, 0)
  block.write('0', 156)
  block.write('ustar\x0000', 257, 'latin1')
  return summed(block)
}

function timesOf(block: Buffer): Field[] {
  return block.toString('latin1', 257, 265) === 'ustar  \0' ? [MTIME, ...GNU_TIMES] : [MTIME]
}

function readText(block: Buffer, { offset, length }: Field): string {
  const text = block.toString('latin1', offset, offset + length)
  const end = text.indexOf('\0')
  return end === -1 ? text : text.slice(0, end)
}

/** Octal digits, or where they do not suffice a binary number with its first bit set; a negative one is given as -1. */
function readNumber(block: Buffer, field: Field): number {
  const first = block[field.offset] ?? 0
  if ((first & 0x80) === 0) return Number.parseInt(readText(block, field).trim() || '0', 8)
  if ((first & 0x40) !== 0) return -1
  let value = first & 0x3f
  for (const byte of block.subarray(field.offset + 1, field.offset + field.length)) value = value * 256 + byte
  if (!Number.isSafeInteger(value)) throw new Error('A header of this archive holds a number that cannot be.')
  return value
}

function writeNumber(block: Buffer, { offset, length }: Field, value: number): void {
  const digits = value.toString(8)
  if (digits.length < length) {
    block.write(`${digits.padStart(length - 1, '0')}\0`, offset, 'latin1')
    return
  }
  let rest = value
  for (let at = offset + length - 1; at > offset; at--) {
    block[at] = rest % 256
    rest = Math.floor(rest / 256)
  }
  block[offset] = 0x80
}

function summed(block: Buffer): Buffer {
  block.write(`${sumOf(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

/** Of all bytes, the sum's own counting as spaces. */
function sumOf(block: Buffer): number {
  let sum = 8 * 0x20
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0
  return sum
}
