/** One entry of an archive; everything that is not said here is the same for all. */
export type TarEntry =
  | { path: string; kind: 'file'; bytes: Uint8Array; mode?: number }
  | { path: string; kind: 'folder'; mode?: number }
  | { path: string; kind: 'link'; target: string }

const BLOCK = 512
/** The name field of a ustar header (POSIX pax, "ustar Interchange Format"); longer names go into a record of their own. */
const LONGEST_NAME = 100
const LARGEST = 8 ** 11 - 1

/**
 * An archive that depends on its entries and `mtime` alone: in the order of the paths' bytes, owned by root, folders
 * 0755 and files 0644 unless they say otherwise. Folders that are above an entry are added.
 * @param mtime seconds since 1970, for every entry.
 */
export function tar(entries: readonly TarEntry[], mtime: number): Buffer {
  const blocks: Buffer[] = []
  for (const entry of complete(entries)) {
    const path = entry.kind === 'folder' ? `${entry.path}/` : entry.path
    const target = entry.kind === 'link' ? entry.target : ''
    const content = entry.kind === 'file' ? Buffer.from(entry.bytes.buffer, entry.bytes.byteOffset, entry.bytes.length) : NOTHING
    const records = paxRecords(path, target)
    if (records.length > 0) blocks.push(header({ path: 'pax', type: 'x', mode: 0o644, size: records.length, mtime, target: '' }))
    if (records.length > 0) blocks.push(...padded(records))
    const mode = entry.kind === 'link' ? 0o777 : (entry.mode ?? (entry.kind === 'folder' ? 0o755 : 0o644))
    blocks.push(header({ path, type: TYPE[entry.kind], mode, size: content.length, mtime, target }), ...padded(content))
  }
  blocks.push(Buffer.alloc(2 * BLOCK))
  return Buffer.concat(blocks)
}

const NOTHING = Buffer.alloc(0)
const TYPE = { file: '0', link: '2', folder: '5' } as const

/** With the folders above each entry, sorted; of two entries with one path the later counts. */
function complete(entries: readonly TarEntry[]): TarEntry[] {
  const all = new Map<string, TarEntry>()
  for (const entry of entries) {
    const path = entry.path.replace(/^\/+|\/+$/g, '')
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      const folder = path.slice(0, slash)
      if (!all.has(folder)) all.set(folder, { path: folder, kind: 'folder' })
    }
    all.set(path, { ...entry, path })
  }
  return [...all.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
}

interface Header {
  path: string
  type: string
  mode: number
  /** Bytes of content. */
  size: number
  mtime: number
  target: string
}

function header({ path, type, mode, size, mtime, target }: Header): Buffer {
  if (size > LARGEST) throw new Error(`${path} is larger than an entry of this format can be.`)
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, offset: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset)
  block.write(short(path), 0)
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(mtime, 136, 12)
  block.write('        ', 148)
  block.write(type, 156)
  block.write(short(target), 157)
  block.write('ustar\x0000', 257)
  let sum = 0
  for (const byte of block) sum += byte
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** What does not fit a header as plain ASCII is said in front of it (pax extended header records). */
function paxRecords(path: string, target: string): Buffer {
  const records = [fits(path) ? '' : record('path', path), fits(target) ? '' : record('linkpath', target)]
  return Buffer.from(records.join(''))
}

function fits(text: string): boolean {
  return text.length <= LONGEST_NAME && !/[^\x20-\x7e]/.test(text)
}

/** Readers that know pax do not look at this. */
function short(text: string): string {
  return fits(text) ? text : text.replace(/[^\x20-\x7e]/g, '_').slice(0, LONGEST_NAME)
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + String(rest).length
  if (rest + String(length).length !== length) length = rest + String(length).length
  return `${length} ${key}=${value}\n`
}

function padded(content: Buffer): Buffer[] {
  const over = content.length % BLOCK
  return over === 0 ? [content] : [content, Buffer.alloc(BLOCK - over)]
}
