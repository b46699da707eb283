import { readFileSync } from 'node:fs'
import { UserError } from '@mayfly/core'
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, visit } from 'yaml'
import type { FieldPath } from './findings.ts'
import { shown } from './paths.ts'

/** A Compose file as it was written, with its lines. */
export interface YamlFile {
  path: string
  /** Relative to the checkout. */
  name: string
  /** Compose merges all documents of a file. */
  documents: Document.Parsed[]
  lineOf(node: unknown): number | undefined
}

export interface Entry {
  key: string
  /** Aliases are resolved. */
  value: Node | undefined
  keyNode: unknown
}

const LARGEST = 1024 * 1024
/** Compose's own tags, and those that change nothing. `!!binary` would make Compose read another text than we do. */
const TAGS = /^(!reset|!override|tag:yaml\.org,2002:(str|int|float|bool|null|map|seq|merge))$/

/** @throws UserError with file and line where it is not YAML that Compose and we read alike. */
export function readYaml(root: string, path: string): YamlFile {
  const name = shown(root, path)
  const data = readFileSync(path)
  if (data.length > LARGEST) throw new UserError(`${name} holds ${data.length} bytes; a Compose file may hold ${LARGEST}.`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(data)
  } catch {
    throw new UserError(`${name} is not UTF-8 text.`, { cure: `Save ${name} as UTF-8.` })
  }
  // Compose's reader (YAML 1.1) ends a line, and with it a comment, at each of these; ours (YAML 1.2) does not.
  const odd = /\r(?!\n)|[\u0085\u2028\u2029\0]/.exec(text)
  if (odd) {
    const line = text.slice(0, odd.index).split('\n').length
    throw new UserError(`${name}:${line} holds a line break that YAML readers understand differently.`, {
      cure: `Save ${name} with ordinary line ends.`,
    })
  }
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })
  const documents = Array.isArray(parsed) ? parsed : []
  for (const document of documents) {
    const [error] = document.errors
    if (error) throw new UserError(`${name}:${lines.linePos(error.pos[0]).line} does not parse: ${error.message}`)
    refuseAmbiguous(name, document, (node) => lines.linePos(node.range?.[0] ?? 0).line)
  }
  return {
    path,
    name,
    documents,
    lineOf: (node) => {
      const start = hasRange(node) ? node.range[0] : undefined
      return start === undefined ? undefined : lines.linePos(start).line
    },
  }
}

/** What Compose's reader would understand otherwise than ours. */
function refuseAmbiguous(name: string, document: Document, lineOf: (node: Node) => number): void {
  const anchors = new Set<string>()
  visit(document, {
    Node(_key, node) {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.add(node.anchor)
        if (node.tag === undefined || TAGS.test(node.tag)) return
        throw new UserError(`${name}:${lineOf(node)} uses the YAML tag ${node.tag}.`, { cure: 'Write the value without a tag.' })
      }
      if (anchors.has(node.source)) return
      // Compose's reader carries anchors over from one document of a file to the next.
      const cure = `Put &${node.source} before it, in the same YAML document.`
      throw new UserError(`${name}:${lineOf(node)} refers to *${node.source}, which has no anchor before it.`, { cure })
    },
  })
}

function hasRange(node: unknown): node is { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}

/**
 * Every key of a mapping, those merged in with `<<` too. Where a key is given more than once, all its values are
 * there: which of them counts is Compose's to decide, and none may be harmful.
 */
export function entriesOf(document: Document, node: unknown): Entry[] {
  const map = resolve(document, node)
  if (!isMap(map)) return []
  count(document, map.items.length)
  return map.items.flatMap((pair): Entry[] => {
    const key = resolve(document, pair.key)
    const value = resolve(document, pair.value)
    const name = isScalar(key) ? String(key.value) : ''
    if (name !== '<<') return [{ key: name, value, keyNode: pair.key }]
    const merged = isSeq(value) ? value.items : [value]
    return merged.flatMap((item) => entriesOf(document, item))
  })
}

const MOST = 100_000
const counted = new WeakMap<Document, number>()

/** A few lines of aliases can unfold into billions of entries, or into themselves. */
function count(document: Document, entries: number): void {
  const sum = (counted.get(document) ?? 0) + entries + 1
  counted.set(document, sum)
  if (sum > MOST)
    throw new UserError('The Compose file unfolds into too many entries: its aliases refer to one another too often.')
}

export function valuesOf(document: Document, node: unknown, key: string): Entry[] {
  return entriesOf(document, node).filter((entry) => entry.key === key)
}

export function itemsOf(document: Document, node: unknown): (Node | undefined)[] {
  const sequence = resolve(document, node)
  return isSeq(sequence) ? sequence.items.map((item) => resolve(document, item)) : []
}

export function textOf(node: unknown): string | undefined {
  return isScalar(node) && node.value !== null ? String(node.value) : undefined
}

function resolve(document: Document, node: unknown): Node | undefined {
  if (isAlias(node)) return node.resolve(document)
  return isMap(node) || isSeq(node) || isScalar(node) ? node : undefined
}

export interface Located {
  depth: number
  line: number | undefined
}

/** The line of a field, or of the nearest thing above it; how deep it was found says which of two files knows better. */
export function locate(file: YamlFile, path: FieldPath): Located {
  let best: Located = { depth: 0, line: undefined }
  for (const document of file.documents) {
    const found = descend(file, document, document.contents, path, 0)
    if (found.depth > best.depth) best = found
  }
  return best
}

function descend(file: YamlFile, document: Document, node: unknown, path: FieldPath, depth: number): Located {
  const best: Located = { depth, line: undefined }
  const [step] = path
  if (step === undefined) return best
  const found =
    typeof step === 'number'
      ? itemsOf(document, node).flatMap((item, index) => (index === step ? [{ value: item, at: item }] : []))
      : [
          ...valuesOf(document, node, step).map(({ value, keyNode }) => ({ value, at: keyNode })),
          // `environment` and the like may be written as a list of `key=value`.
          ...itemsOf(document, node).flatMap((item) =>
            textOf(item)?.split(/[=:]/)[0] === step ? [{ value: item, at: item }] : [],
          ),
        ]
  for (const { value, at } of found) {
    const below = descend(file, document, value, path.slice(1), depth + 1)
    const line = below.line ?? file.lineOf(at)
    if (below.depth > best.depth) Object.assign(best, { depth: below.depth, line })
  }
  return best
}
