import { readFile } from 'node:fs/promises'

/** A label as the code has it: its key, and the comment that stands above it. */
export interface DescribedLabel {
  name: string
  key: string
  meaning: string
}

/** Every label that Mayfly writes, in the order of the code. @throws where the file cannot be read as labels. */
export async function readLabels(source: string): Promise<DescribedLabel[]> {
  const [, body = ''] = /export const LABEL = \{\n([\s\S]*?)\n\} as const/.exec(await readFile(source, 'utf8')) ?? []
  const found = [...body.matchAll(/\/\*\* (.*?) \*\/\s+(\w+): '([^']+)',/g)]
  const labels = found.map(([, meaning = '', name = '', key = '']) => ({ name, key, meaning }))
  if (labels.length === 0 || labels.length !== body.match(/: '/g)?.length) throw new Error(`${source} cannot be read as labels.`)
  return labels
}

/** All of them as a Markdown table. */
export async function labelTable(source: string): Promise<string> {
  return tableOf(await readLabels(source))
}

export function tableOf(rows: readonly Pick<DescribedLabel, 'key' | 'meaning'>[]): string {
  const lines = rows.map(({ key, meaning }) => `| \`${key}\` | ${meaning.replaceAll('|', '\\|')} |`)
  return ['| label | meaning |', '|---|---|', ...lines, ''].join('\n')
}
