import { readFile } from 'node:fs/promises'

/** Every label that Mayfly writes, with the comment that stands above it in the code, as a Markdown table. */
export async function labelTable(source: string): Promise<string> {
  const [, body = ''] = /export const LABEL = \{\n([\s\S]*?)\n\} as const/.exec(await readFile(source, 'utf8')) ?? []
  const labels = [...body.matchAll(/\/\*\* (.*?) \*\/\s+\w+: '([^']+)',/g)]
  if (labels.length === 0 || labels.length !== body.match(/: '/g)?.length) throw new Error(`${source} cannot be read as labels.`)
  const rows = labels.map(([, meaning = '', key]) => `| \`${key}\` | ${meaning.replaceAll('|', '\\|')} |`)
  return ['| label | meaning |', '|---|---|', ...rows, ''].join('\n')
}
