import { readXml, type XmlAttributes, xmlText } from '@mayfly/xml'
import { BOUNDS } from './read-bounds.ts'
import { collector, type OpenFile } from './read-collect.ts'
import type { Read } from './read-oddities.ts'
import { readingXml } from './read-xml.ts'

/** Lines of one class's methods that are kept in case that the class has none of its own. */
const MOST_KEPT = 100_000

/**
 * Reads Cobertura's XML (https://github.com/cobertura/web/blob/master/htdocs/xml/coverage-04.dtd). Lines of methods only
 * repeat those of their class, and istanbul puts declarations there, which are no statements: they count where a class has
 * no others. A line of a file that is in several classes has the most of their counts, not the sum. `sources` are its
 * <source>s. Throws a UserError for broken XML.
 */
export function readCobertura(bytes: Uint8Array, name: string): Read {
  const collected = collector(name)
  const sources: string[] = []
  let source: string | undefined
  let file: OpenFile | undefined
  let inMethods = 0
  let own = 0
  let kept: XmlAttributes[] = []

  const line = (attributes: XmlAttributes): void => {
    if (file === undefined) return
    const number = Number(attributes.number)
    collected.line(file, number, Number(attributes.hits), 'max', file.path)
    const conditions = /\((\d{1,9})\/(\d{1,9})\)/.exec((attributes['condition-coverage'] ?? '').slice(0, 100))
    if (conditions !== null) collected.branch(file, number, Number(conditions[1]), Number(conditions[2]), file.path)
  }

  const openClass = (attributes: XmlAttributes): void => {
    file = collected.file(attributes.filename ?? '', `class ${attributes.name ?? ''}`)
    own = 0
  }
  const anyLine = (attributes: XmlAttributes): void => {
    if (inMethods === 0) {
      own++
      line(attributes)
    } else if (kept.length < MOST_KEPT) kept.push(attributes)
  }
  const closeClass = (): void => {
    if (own === 0) for (const attributes of kept) line(attributes)
    kept = []
    file = undefined
  }

  readingXml(name, () =>
    readXml(xmlText(bytes), {
      open(element, attributes) {
        if (element === 'line') anyLine(attributes)
        else if (element === 'class') openClass(attributes)
        else if (element === 'methods') inMethods++
        else if (element === 'source') source = ''
      },
      text(text) {
        if (source !== undefined && source.length <= BOUNDS.path) source += text.slice(0, BOUNDS.path + 1)
      },
      close(element) {
        if (element === 'class') closeClass()
        else if (element === 'methods') inMethods--
        if (element !== 'source') return
        const path = source?.trim() ?? ''
        source = undefined
        if (path !== '' && path.length <= BOUNDS.path && sources.length < BOUNDS.sources) sources.push(path)
      },
    }),
  )
  return collected.read(sources)
}
