import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '@mayfly/engine'
import { visit } from '../visit.ts'
import type { Narrator } from './narrator.ts'
import type { Stage } from './stage.ts'

/** What both acts tell with. */
export interface Telling extends Stage {
  engine: Engine
  narrator: Narrator
  domain: string
  /** Stop before the merge. */
  keep: boolean
  signal: AbortSignal
}

export const shop = join(import.meta.dirname, '..', '..', 'examples', 'shop')

/** A file of the shop with one text for another. */
export async function changed(file: string, from: string, to: string): Promise<Record<string, string>> {
  const text = await readFile(join(shop, file), 'utf8')
  assert.ok(text.includes(from), `examples/shop/${file} has no "${from}" any more`)
  return { [file]: text.replace(from, to) }
}

/** Asks, shows what is answered, and holds it to what is promised. */
export async function expect({ narrator }: Pick<Telling, 'narrator'>, url: string, body: RegExp, status = 200): Promise<void> {
  const said = await visit(url)
  const text = said.body.trim()
  // Of a page, the line that counts; of an answer, all of it.
  const shown = text.startsWith('{') ? text : (text.split('\n').find((line) => body.test(line)) ?? '').trim()
  narrator.show(`GET ${url}\n  ${said.status} ${shown}\n`)
  assert.equal(said.status, status, `${url} answers ${said.status}: ${text.slice(0, 500)}`)
  assert.match(text, body, `${url} answers ${said.status}: ${text.slice(0, 500)}`)
}

/** Workflow commands and the steps of each image's build are for GitHub's own page. */
export function quietly(narrator: Narrator): (line: string) => void {
  return (line) => void (/^(::|\S+: #\d+ )/.test(line) || narrator.aside(line))
}
