import { UserError } from '@mayfly/core'
import { type SaxesAttribute, SaxesParser, type SaxesTagPlain } from 'saxes'
import { cut, LIMITS, type XmlLimits } from './limits.ts'

export type { XmlLimits } from './limits.ts'

/** By local name. It has no prototype, so that no name means anything. */
export type XmlAttributes = Readonly<Record<string, string>>

/** Each name is a local one: `cov:line` is `line`. What a handler throws ends the reading and is thrown on as it is. */
export interface XmlHandlers {
  /** An element starts. An empty one, `<a/>`, starts and ends. */
  open(name: string, attributes: XmlAttributes): void
  /** The element ends that started last. */
  close?(name: string): void
  /** Text in an element, with references replaced; CDATA too. One element may have several pieces. */
  text?(text: string): void
}

const CURE = 'Make the report again: a tool that is killed while it writes leaves half of one.'
const PIECE = 65_536

/**
 * Reads XML 1.0 and tells the handlers of it in the order of the document; nothing is kept, so that a large document
 * needs no more memory than a small one. Namespaces are ignored. The only references are characters' and the five of XML
 * (https://www.w3.org/TR/xml/#sec-predefined-ent): a document that declares its own is refused, and a DTD that it names is
 * never read. Throws a UserError with line and column for what is no XML or exceeds a limit, and nothing else but what
 * handlers throw.
 */
export function readXml(text: string | Iterable<string>, handlers: XmlHandlers, limits: XmlLimits = {}): void {
  const most = { ...LIMITS, ...limits }
  const parser = new SaxesParser({ position: true })
  const inside = connect(parser, handlers, most)
  let length = 0
  try {
    for (const piece of piecesOf(text)) {
      length += piece.length
      if (length > most.length) throw tooLong(most.length)
      parser.write(piece)
      inside.bound(length)
    }
    if (length === 0) throw new UserError('It is empty.', { cure: CURE })
    parser.close()
  } catch (error) {
    // The parser throws a plain Error for half a surrogate pair in some places: that is the document's fault too.
    if (error instanceof UserError || inside.handler()) throw error
    throw new UserError(`${place(parser)}: this is no XML.`, { cure: CURE, cause: error })
  }
}

interface Inside {
  /** Whether a handler is being called. */
  handler(): boolean
  /** To be called after each piece of the document, of which there are so many characters by now. */
  bound(length: number): void
}

/** The parser's events as the handlers' calls. */
function connect(parser: SaxesParser, handlers: XmlHandlers, most: Required<XmlLimits>): Inside {
  let calling = false
  let started = false
  let depth = 0
  let attributes = 0
  const call = (run: () => void): void => {
    calling = true
    run()
    calling = false
  }
  const text = (piece: string): void => {
    if (depth > 0) call(() => handlers.text?.(cut(piece, most.text)))
  }
  parser.on('error', (error) => {
    throw broken(parser, error)
  })
  parser.on('doctype', (doctype) => refuseSubset(parser, doctype))
  parser.on('opentagstart', ({ name }) => {
    if (name.length > most.name) throw refused(parser, `a name is longer than ${count(most.name)} characters`)
    if (++depth > most.depth) throw refused(parser, `more than ${count(most.depth)} elements are in one another`)
    attributes = 0
    started = true
  })
  parser.on('attribute', (attribute: SaxesAttribute) => {
    if (++attributes > most.attributes) throw refused(parser, `an element has more than ${count(most.attributes)} attributes`)
    if (attribute.name.length > most.name) throw refused(parser, `a name is longer than ${count(most.name)} characters`)
  })
  parser.on('opentag', (tag) => {
    const local = localAttributes(tag, most.value)
    call(() => handlers.open(localName(tag.name), local))
  })
  parser.on('closetag', ({ name }) => {
    depth--
    call(() => handlers.close?.(localName(name)))
  })
  if (handlers.text !== undefined) {
    parser.on('text', text)
    parser.on('cdata', text)
  }
  return {
    handler: () => calling,
    bound(length) {
      if (!started && length > most.start) throw refused(parser, `the first ${count(most.start)} characters hold no element`)
      boundHeld(parser, most)
    },
  }
}

/**
 * What the parser holds of a name, a value, a text or a comment that has no end yet, which it would hold until it runs out
 * of memory: a comment of a hundred million dashes takes gigabytes. It has no limits of its own.
 */
function boundHeld(parser: SaxesParser, most: Required<XmlLimits>): void {
  const longest = Math.max(most.text, most.value)
  const text: unknown = Reflect.get(parser, 'text')
  if (typeof text === 'string' && text.length > longest) Reflect.set(parser, 'text', cut(text, longest))
  for (const field of ['name', 'entity']) {
    const held: unknown = Reflect.get(parser, field)
    if (typeof held === 'string' && held.length > most.name)
      throw refused(parser, `a name is longer than ${count(most.name)} characters`)
  }
}

function localName(name: string): string {
  const colon = name.indexOf(':')
  return colon === -1 ? name : name.slice(colon + 1)
}

/** Where two have the same local name, the one without a prefix counts. */
function localAttributes({ attributes }: SaxesTagPlain, longest: number): XmlAttributes {
  const local: Record<string, string> = Object.create(null)
  for (const name in attributes) {
    const value = cut(attributes[name] ?? '', longest)
    if (!name.includes(':')) local[name] = value
    else if (attributes[localName(name)] === undefined) local[localName(name)] = value
  }
  return local
}

function* piecesOf(text: string | Iterable<string>): Generator<string> {
  for (const long of typeof text === 'string' ? [text] : text) {
    for (let at = 0; at < long.length; at += PIECE) yield long.slice(at, at + PIECE)
  }
}

/** https://en.wikipedia.org/wiki/Billion_laughs_attack: what an internal subset declares is not read, but refused. */
function refuseSubset(parser: SaxesParser, doctype: string): void {
  if (!doctype.replace(/"[^"]*"|'[^']*'/g, '').includes('[')) return
  const line = parser.line - (doctype.split('\n').length - 1)
  throw new UserError(`line ${line}: its DOCTYPE declares entities or elements of its own, which is refused.`, {
    cure: 'Let the tool write it without declarations in the DOCTYPE; reports of tests and coverage need none.',
  })
}

function broken(parser: SaxesParser, { message }: Error): UserError {
  // The parser puts the place in front.
  const reason = cut(message.replace(/^\d+:\d+: /, '').replace(/\.$/, ''), 200)
  return new UserError(`${place(parser)}: this is no XML: ${reason}.`, { cure: CURE })
}

function refused(parser: SaxesParser, what: string): UserError {
  return new UserError(`${place(parser)}: ${what}.`, { cure: 'No report needs that: let the tool that made it write it anew.' })
}

function tooLong(longest: number): UserError {
  return new UserError(`It is longer than ${count(longest)} characters.`, { cure: 'Write several smaller reports.' })
}

function place({ line, column }: SaxesParser): string {
  return `line ${line}, column ${Math.max(column, 1)}`
}

const count = (number: number): string => number.toLocaleString('en')
