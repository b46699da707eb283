import { createHash } from 'node:crypto'

/** A DNS label holds 63 octets (RFC 1035, 2.3.4); ids, host names and Compose project names all obey it. */
const LONGEST = 63

/** The first `length` hexadecimal digits of the SHA-256 of `text`. */
export function shortHash(text: string, length = 8): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

/**
 * A lower-case DNS label made of `text`. Where that loses anything but letter case, a hash of the whole is
 * appended, so that two different texts never share a slug.
 */
export function slug(text: string, longest = LONGEST): string {
  const lower = text.toLowerCase()
  const plain = lower
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  if (plain === lower && plain.length <= longest && plain !== '') return plain
  const tail = shortHash(lower)
  const head = plain.slice(0, longest - tail.length - 1).replace(/-+$/, '')
  return head === '' ? `x-${tail}` : `${head}-${tail}`
}

/** `acme/shop` as one label. An owner that holds a dash is hashed too: `a-b/c` must not meet `a/b-c`. */
export function repositorySlug(repository: string, longest = LONGEST): string {
  const [owner = '', name = ''] = repository.toLowerCase().split('/')
  const joined = `${owner}-${name}`
  if (/^[a-z0-9]+$/.test(owner) && slug(joined, longest) === joined) return joined
  const tail = shortHash(repository.toLowerCase())
  const head = joined
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longest - tail.length - 1)
    .replace(/^-+|-+$/g, '')
  return head === '' ? `x-${tail}` : `${head}-${tail}`
}

/** `acme-shop-pr-12`, at most 63 characters. */
export function previewId(repository: string, pullRequest: number): string {
  const tail = `-pr-${pullRequest}`
  return repositorySlug(repository, LONGEST - tail.length) + tail
}

/**
 * `acme-shop-staging`, at most 63 characters. A name with a dash, or of digits alone, is hashed apart: `a/b` `c-staging`
 * must not meet `a/b-c` `staging`, nor `pr-1` or `1` a preview.
 */
export function namedId(repository: string, name: string): string {
  const plain = slug(name, 30)
  const ambiguous = plain === name.toLowerCase() && /-|^\d+$/.test(plain)
  const end = ambiguous ? `${plain}-${shortHash(plain, 6)}` : plain
  return `${repositorySlug(repository, LONGEST - end.length - 1)}-${end}`
}

/** `<id>.<domain>`, or `<service>--<id>.<domain>`: one label deep, so that one wildcard certificate serves all. */
export function hostName(id: string, domain: string, service?: string): string {
  if (service === undefined) return `${id}.${domain}`
  const label = `${service}--${id}`
  const plain = label.toLowerCase().replace(/[^a-z0-9-]/g, '-')
  if (plain === label && label.length <= LONGEST && /^[a-z0-9]/.test(label)) return `${label}.${domain}`
  const tail = shortHash(label)
  const head = plain.slice(0, LONGEST - tail.length - 1).replace(/^-+|-+$/g, '')
  return `${head === '' ? 'x' : head}-${tail}.${domain}`
}

/**
 * Whether a resource's name may belong to this environment; asked before anything is removed. While Compose replaces a
 * container, the new one is called `<12 digits of the old one's id>_<name>`: a run that is killed then leaves it so.
 */
export function nameBelongsTo(name: string, id: string): boolean {
  const own = name.replace(/^[0-9a-f]{12}_/, '')
  return own === id || own.startsWith(`${id}-`) || own.startsWith(`${id}_`)
}
