import { UserError } from '@mayfly/core'
import { readXml, xmlText } from '@mayfly/xml'

/** Names the report in what is wrong with its XML. */
export function readingXml(name: string, read: () => void): void {
  try {
    read()
  } catch (cause) {
    if (!(cause instanceof UserError) || cause.message.startsWith(name)) throw cause
    throw new UserError(`${name}: ${cause.message}`, { ...(cause.cure === undefined ? {} : { cure: cause.cure }), cause })
  }
}

/** The first two elements of a document, which tell reports apart; `second` is empty where there is one. */
export function firstElements(bytes: Uint8Array, name: string): { first: string; second: string } {
  const found: string[] = []
  const enough = new Error('enough')
  try {
    readingXml(name, () =>
      readXml(xmlText(bytes), {
        open(element) {
          found.push(element)
          if (found.length === 2) throw enough
        },
      }),
    )
  } catch (error) {
    if (error !== enough) throw error
  }
  return { first: found[0] ?? '', second: found[1] ?? '' }
}
