import { fieldOf } from './json.ts'

/** The longest licence that is kept, in characters; more is prose. */
const LONGEST = 1000

/** What a package.json says its licence is: `license`, or one of the forms that npm has given up. Empty: nothing. */
export function readLicense(manifest: unknown): string {
  const old = fieldOf(manifest, 'licenses')
  const said = [fieldOf(manifest, 'license'), ...(Array.isArray(old) ? old.slice(0, 20) : [])].flatMap((one: unknown) => {
    const text = typeof one === 'string' ? one : fieldOf(one, 'type')
    return typeof text === 'string' && text.trim() !== '' ? [text.trim().toWellFormed()] : []
  })
  // A list was a choice (npm, "package.json", licenses).
  const joined = [...new Set(said)].join(' OR ')
  return joined.length <= LONGEST ? joined : ''
}

/**
 * Identifiers that nearly all packages use. SPDX knows some 700, and CycloneDX refuses an identifier that it does not know:
 * the whole list would weigh more in the bundle than all the rest of this room. As a name, any other is right too.
 */
const KNOWN = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC-BY-3.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'GPL-3.0-only',
  'GPL-3.0-or-later',
  'ISC',
  'LGPL-3.0-only',
  'LGPL-3.0-or-later',
  'MIT',
  'MIT-0',
  'MPL-2.0',
  'Python-2.0',
  'Unlicense',
  'WTFPL',
  'Zlib',
])

/** As CycloneDX has it: an identifier, an SPDX expression, or any other text as a name. */
export function cyclonedxLicense(license: string) {
  if (KNOWN.has(license)) return { license: { id: license } }
  return isExpression(license) ? { expression: license } : { license: { name: license } }
}

/** Whether it is built as SPDX expressions are (SPDX 2.3, annex D) and has more than one part. Reduced from the inside out. */
function isExpression(text: string): boolean {
  if (!/\s(?:AND|OR|WITH)\s/.test(text)) return false
  const words = text.match(/[()]|[^\s()]+/g) ?? []
  let rest = words.map(shapeOf).join('').replaceAll('iWi', 'i')
  for (let before = ''; before !== rest; ) {
    before = rest
    rest = rest.replaceAll('(i)', 'i').replace(/i(?:[AO]i)+/g, 'i')
  }
  return rest === 'i'
}

const OPERATORS = new Map([
  ['AND', 'A'],
  ['OR', 'O'],
  ['WITH', 'W'],
  ['(', '('],
  [')', ')'],
])

/** One letter for each word: an identifier is `i`, what can be nothing is `?`. */
function shapeOf(word: string): string {
  return OPERATORS.get(word) ?? (/^[A-Za-z0-9][A-Za-z0-9.:-]*\+?$/.test(word) ? 'i' : '?')
}
