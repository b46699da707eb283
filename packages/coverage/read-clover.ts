import { readXml, type XmlAttributes, xmlText } from '@mayfly/xml'
import { collector, type OpenFile } from './read-collect.ts'
import type { Read } from './read-oddities.ts'
import { readingXml } from './read-xml.ts'

/**
 * Reads Clover's XML as OpenClover, PHPUnit and istanbul write it (https://bitbucket.org/atlassian/clover, clover.xsd).
 * Statements and conditions are lines with code; a method's own line is none, so that the totals are those of the
 * report's `statements`. Throws a UserError for broken XML.
 */
export function readClover(bytes: Uint8Array, name: string): Read {
  const collected = collector(name)
  let folder = ''
  let file: OpenFile | undefined

  readingXml(name, () =>
    readXml(xmlText(bytes), {
      open(element, attributes) {
        if (element === 'package') folder = attributes.name ?? ''
        else if (element === 'file') file = collected.file(pathOf(attributes, folder), `package ${folder}`)
        else if (element === 'line' && file !== undefined) addLine(attributes, file)
      },
      close(element) {
        if (element === 'file') file = undefined
        else if (element === 'package') folder = ''
      },
    }),
  )

  function addLine(attributes: XmlAttributes, file: OpenFile): void {
    if (attributes.type === 'method') return
    const number = Number(attributes.num)
    const { taken, total, runs } = conditionOf(attributes)
    collected.line(file, number, runs, 'max', file.path)
    if (attributes.type === 'cond') collected.branch(file, number, taken, total, file.path)
  }
  return collected.read()
}

/**
 * Clover says how often a condition was true and how often false; istanbul, which counts the line as well, says how many
 * branches were taken and how many not.
 */
function conditionOf({ type, count, truecount, falsecount }: XmlAttributes): { taken: number; total: number; runs: number } {
  if (type !== 'cond') return { taken: 0, total: 0, runs: Number(count) }
  const [whenTrue, whenFalse] = [Number(truecount) || 0, Number(falsecount) || 0]
  if (count !== undefined) return { taken: whenTrue, total: whenTrue + whenFalse, runs: Number(count) }
  return { taken: Number(whenTrue > 0) + Number(whenFalse > 0), total: 2, runs: whenTrue + whenFalse }
}

/** PHPUnit writes the whole path as the name, istanbul and newer Clovers as `path`; older ones have only the package. */
function pathOf({ path, name = '' }: XmlAttributes, folder: string): string {
  if (path !== undefined && path !== '') return path
  if (folder === '' || /[\\/]/.test(name)) return name
  return `${folder.replaceAll('.', '/')}/${name}`
}
