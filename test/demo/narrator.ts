import { formatMilliseconds } from '@mayfly/core'

/** Tells the story to a newcomer: numbered steps, what was seen in each, and the time it took. */
export interface Narrator {
  say(text?: string): void
  /** Indented under the step. */
  show(text: string): void
  /** Something of the running step that is worth a line but not attention. */
  aside(line: string): void
  /** Runs one step of the story and keeps its milliseconds under `key`. */
  step<T>(key: string, title: string, work: () => Promise<T>): Promise<T>
  readonly milliseconds: Readonly<Record<string, number>>
}

export function createNarrator(write: (text: string) => void, colour: boolean): Narrator {
  const milliseconds: Record<string, number> = {}
  const style = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const indented = (text: string, margin: string) => text.split('\n').map((line) => `${margin}${line}`.trimEnd())
  let number = 0
  return {
    milliseconds,
    say: (text = '') => write(`${text}\n`),
    show: (text) => write(`${indented(text, '   ').join('\n')}\n`),
    aside: (line) => write(`${style(2, `   . ${line}`)}\n`),
    step: async (key, title, work) => {
      number += 1
      write(`\n${style(1, `${number}. ${title}`)}\n`)
      const started = performance.now()
      try {
        return await work()
      } finally {
        milliseconds[key] = Math.round(performance.now() - started)
        write(`${style(2, `   ${formatMilliseconds(milliseconds[key])}`)}\n`)
      }
    },
  }
}
