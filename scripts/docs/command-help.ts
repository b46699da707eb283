import { readFile } from 'node:fs/promises'

/** What `mayfly help` prints, as a block of text. @throws where it is not where it was. */
export async function commandHelp(source: string): Promise<string> {
  const [, help] = /^const HELP = `((?:[^`\\]|\\.)*)`$/m.exec(await readFile(source, 'utf8')) ?? []
  if (help === undefined) throw new Error(`${source} has no HELP.`)
  return ['```text', help.replaceAll('\\`', '`').trimEnd(), '```', ''].join('\n')
}
