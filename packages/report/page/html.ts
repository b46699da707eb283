import { visible } from './visible.ts'

const MARKUP = Symbol('markup')

/** Finished HTML. Its key is a symbol of this file, so that nothing read from JSON can pass for it. */
export interface Html {
  readonly [MARKUP]: string
}

export type Part = Html | string | number | false | undefined | readonly Part[]

/**
 * HTML whose values are data: text is escaped for elements and quoted attributes alike, arrays are joined, `false` and
 * `undefined` are nothing. Only what this function made goes in as it is.
 */
export function html(strings: TemplateStringsArray, ...values: Part[]): Html {
  let text = strings[0] ?? ''
  for (const [at, value] of values.entries()) text += markup(value) + (strings[at + 1] ?? '')
  return { [MARKUP]: text }
}

/** Text of our own that is HTML already: style and script, which no value is part of. */
export function trusted(text: string): Html {
  return { [MARKUP]: text }
}

/** The finished text. */
export function textOf(made: Html): string {
  return made[MARKUP]
}

export const NOTHING: Html = html``

/** Data for a script to read: no `<` is left that could end the element (HTML, "restrictions for contents of script elements"). */
export function json(value: unknown): Html {
  return trusted(JSON.stringify(value).replace(/</g, '\\u003c'))
}

function markup(value: Part): string {
  if (value === undefined || value === false) return ''
  if (typeof value === 'string') return escaped(visible(value))
  if (typeof value === 'number') return String(value)
  if (isHtml(value)) return value[MARKUP]
  return value.map(markup).join('')
}

function isHtml(value: Html | readonly Part[]): value is Html {
  return MARKUP in value
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
