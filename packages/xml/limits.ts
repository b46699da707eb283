/** How much of a document is taken. Whoever opens a pull request writes the reports, so each of these is an attack's size. */
export interface XmlLimits {
  /** Characters of the whole document; more is refused. 200 million if left out. */
  length?: number
  /** Elements in one another; more is refused. 256 if left out. */
  depth?: number
  /** Attributes of one element; more is refused. 256 if left out. */
  attributes?: number
  /** Characters of a name; more is refused. 1,000 if left out. */
  name?: number
  /** Characters before the first element; more is refused. 1 million if left out. */
  start?: number
  /** Characters of an attribute's value; what is beyond is left out. 1 million if left out. */
  value?: number
  /** Characters of a piece of text; what is beyond is left out. 1 million if left out. */
  text?: number
}

export const LIMITS: Required<XmlLimits> = {
  length: 200_000_000,
  depth: 256,
  attributes: 256,
  name: 1000,
  start: 1_000_000,
  value: 1_000_000,
  text: 1_000_000,
}

/** At most so many code units, never half a character. */
export function cut(text: string, longest: number): string {
  if (text.length <= longest) return text
  const last = text.charCodeAt(longest - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? longest - 1 : longest)
}
