import type { Ratio } from '@mayfly/core'
import { percent, tenths } from '../measured.ts'
import { type Html, html, NOTHING, type Part } from './html.ts'

/** A part of the page with a heading that the navigation and a screen reader find. */
export function section(id: string, title: string, aside: Part, parts: readonly Html[]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<div class="section-head"><h2 id="${id}-title">${title}</h2><p class="aside">${aside}</p></div>
${parts}
</section>
`
}

/** A heading inside a section with what stands below it; nothing where that is nothing. */
export function block(title: string, note: Part, content: Html): Html {
  if (content === NOTHING) return NOTHING
  return html`<div class="block"><h3>${title}</h3>${note ? html`<p class="note">${note}</p>` : ''}${content}</div>
`
}

/** Folded away, and open where a reviewer should look at once. */
export function fold(summary: Part, content: Part, open = false): Html {
  return html`<details${open ? html` open` : ''}><summary><span>${summary}</span></summary><div class="folded">${content}</div></details>
`
}

export interface Column {
  title: string
  /** Numbers stand at the right, so that they can be compared down the column. */
  number?: boolean
}

/** A table that scrolls inside its own box where it is too wide, and is reached by keyboard there. */
export function table(label: string, columns: readonly Column[], rows: readonly (readonly Part[])[]): Html {
  if (rows.length === 0) return NOTHING
  const side = ({ number }: Column) => (number ? html` class="number"` : NOTHING)
  const head = columns.map((column) => html`<th scope="col"${side(column)}>${column.title}</th>`)
  const body = rows.map(
    (cells) => html`<tr>${cells.map((cell, at) => html`<td${side(columns[at] ?? { title: '' })}>${cell}</td>`)}</tr>
`,
  )
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table></div>
`
}

/** How many of the items are not shown; nothing where all are. */
export function more(left: number, what = 'more'): Html {
  return left > 0 ? html`<p class="note">and ${left} ${what}</p>` : NOTHING
}

/** A bar of how much is covered. The number stands beside it, so the picture itself is not read out. */
export function bar(ratio: Ratio): Html {
  const share = tenths(ratio)
  if (share === undefined)
    return html`<svg class="bar none" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"></svg>`
  return html`<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="hit" width="${share / 10}" height="1"/></svg>`
}

/** `91.7 %` and `55 of 60`, with a bar; `n/a` where there is nothing to cover. */
export function ratio(value: Ratio): Html {
  return html`<span class="ratio">${bar(value)}<span class="percent">${percent(value)}</span></span>`
}

export type Tone = 'good' | 'bad' | 'warn' | 'quiet'

const SIGNS: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', warn: '!', quiet: '–' }

/** A sign whose meaning is in its shape too, and in words for those who hear the page. */
export function sign(tone: Tone, words: string): Html {
  return html`<span class="sign ${tone}" role="img" aria-label="${words}">${SIGNS[tone]}</span>`
}

/** A short word that stands out. */
export function tag(tone: Tone, text: string): Html {
  return html`<span class="tag ${tone}">${text}</span>`
}
