import { readXml, type XmlAttributes, xmlText } from '@mayfly/xml'
import { collector, type OpenFile } from './read-collect.ts'
import type { Read } from './read-oddities.ts'
import { readingXml } from './read-xml.ts'

/**
 * Reads JaCoCo's XML (https://www.jacoco.org/jacoco/trunk/coverage/report.dtd). It counts instructions, not runs: a line
 * with a covered one ran once. Paths are those of the package, `com/acme/App.java`. Throws a UserError for broken XML.
 */
export function readJacoco(bytes: Uint8Array, name: string): Read {
  const collected = collector(name)
  const groups: string[] = []
  const groupOf = new Map<OpenFile, string>()
  let folder = ''
  let file: OpenFile | undefined

  const openFile = (attributes: XmlAttributes): void => {
    const path = [folder, attributes.name ?? ''].filter((part) => part !== '').join('/')
    file = attributes.name === undefined ? undefined : collected.file(path, `package ${folder}`)
    if (file === undefined) return
    const group = groups.join('/')
    if ((groupOf.get(file) ?? group) !== group) collected.odd('files of one path in several groups were put together', path)
    groupOf.set(file, group)
  }
  const line = (attributes: XmlAttributes): void => {
    if (file === undefined) return
    const [number, covered] = [Number(attributes.nr), Number(attributes.ci) > 0 ? 1 : 0]
    collected.line(file, number, covered, 'max', file.path)
    const [missed, taken] = [Number(attributes.mb) || 0, Number(attributes.cb) || 0]
    if (missed + taken > 0) collected.branch(file, number, taken, missed + taken, file.path)
  }

  readingXml(name, () =>
    readXml(xmlText(bytes), {
      open(element, attributes) {
        if (element === 'line') line(attributes)
        else if (element === 'group') groups.push((attributes.name ?? '').slice(0, 100))
        else if (element === 'package') folder = attributes.name ?? ''
        else if (element === 'sourcefile') openFile(attributes)
      },
      close(element) {
        if (element === 'sourcefile') file = undefined
        else if (element === 'package') folder = ''
        else if (element === 'group') groups.pop()
      },
    }),
  )
  return collected.read()
}
