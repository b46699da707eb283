import type { ListedEntry } from './list-tar.ts'
import type { ImageConfig } from './types.ts'

/** What an image is made of, as far as two of them are compared. */
export interface ImageContent {
  config: ImageConfig
  /** The entries of its layers, the lowest first; layers that both have may be left out of both. */
  layers: readonly (readonly ListedEntry[])[]
}

/** More says nothing more. */
const MOST_LINES = 20
const FIELDS = [
  ['type', 'type'],
  ['hash', 'content'],
  ['mode', 'mode'],
  ['mtime', 'mtime'],
  ['target', 'target'],
] as const

/**
 * What differs between two images that should be the same, one line each and at most twenty: labels, variables, how it is
 * run, then files. Empty where nothing does.
 */
export function explainDifference(a: ImageContent, b: ImageContent): string[] {
  const lines = [
    ...maps('label', a.config.config?.Labels ?? {}, b.config.config?.Labels ?? {}),
    ...maps('env', variables(a.config), variables(b.config)),
    ...maps('', settings(a.config), settings(b.config)),
    ...files(a, b),
  ]
  const more = lines.length - MOST_LINES
  return more > 0 ? [...lines.slice(0, MOST_LINES - 1), `and ${more + 1} more`] : lines
}

function variables({ config }: ImageConfig): Record<string, string> {
  const pairs = (config?.Env ?? []).map((pair) => [pair.replace(/=.*$/s, ''), pair.replace(/^[^=]*=?/, '')] as const)
  return Object.fromEntries(pairs)
}

/** All else that is said of how to run it, and of what it is. */
function settings({ config = {}, rootfs: _, history: __, ...image }: ImageConfig): Record<string, string> {
  const { Labels: ___, Env: ____, ...run } = config
  const said = Object.entries({ ...image, ...run }).filter(([, value]) => value !== undefined && value !== null)
  return Object.fromEntries(said.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]))
}

function maps(kind: string, a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): string[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
  return names.flatMap((name) =>
    a[name] === b[name] ? [] : [`${kind === '' ? '' : `${kind} `}${shown(name)}: ${quoted(a[name])} → ${quoted(b[name])}`],
  )
}

function files(a: ImageContent, b: ImageContent): string[] {
  const [left, right] = [flat(a), flat(b)]
  const paths = [...new Set([...left.keys(), ...right.keys()])].sort()
  return paths.flatMap((path) => {
    const [one, other] = [left.get(path), right.get(path)]
    if (one === undefined) return [`file ${shown(path)} is only in the second`]
    if (other === undefined) return [`file ${shown(path)} is only in the first`]
    const fields = FIELDS.flatMap(([field, word]) => (one[field] === other[field] ? [] : [word]))
    return fields.length === 0 ? [] : [`file ${shown(path)} differs in ${fields.join(', ')}${details(one, other)}`]
  })
}

/** Of two layers the upper one counts. */
function flat({ layers }: ImageContent): Map<string, ListedEntry> {
  return new Map(layers.flatMap((layer) => layer.map((entry) => [entry.path.replace(/^(\.?\/)+|\/+$/g, ''), entry] as const)))
}

/** A mode or a time says more than that there is another. */
function details(a: ListedEntry, b: ListedEntry): string {
  const modes = a.mode === b.mode ? [] : [`${a.mode.toString(8)} → ${b.mode.toString(8)}`]
  const times = a.mtime === b.mtime ? [] : [`${atTime(a.mtime)} → ${atTime(b.mtime)}`]
  const both = [...modes, ...times]
  return both.length === 0 ? '' : ` (${both.join(', ')})`
}

function atTime(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace('.000Z', 'Z')
}

function quoted(value: string | undefined): string {
  return value === undefined ? '(none)' : `"${shown(value)}"`
}

/** An image may say anything: what is shown stays one line, and short. */
function shown(text: string): string {
  const plain = text.replace(/\p{Cc}/gu, '?')
  return plain.length <= 80 ? plain : `${plain.slice(0, 79)}…`
}
