import type { Measurement } from '@mayfly/core'
import { prose } from '../text.ts'
import { historyOf } from './failures.ts'
import type { Level } from './level.ts'
import { fileLink, rangeLink } from './links.ts'
import { sizeOf } from './ranges.ts'
import { bullets, folded, plural } from './words.ts'

interface List {
  title: string
  items: string[]
  of: number
}

/** What moved without failing: flaky, removed and newly skipped tests, lines that lost cover outside the diff. */
export function renderChanges(measurement: Measurement, level: Level): string {
  const lists = changesOf(measurement, level).filter(({ of }) => of > 0)
  const summary = `⚠️ ${lists.map(({ title }) => title).join(' · ')}`
  return folded(
    summary,
    lists
      .filter(({ items }) => items.length > 0)
      .map(({ title, items, of }) => `**${title}**\n\n${bullets(items, level.rows, of)}`),
  )
}

function changesOf(measurement: Measurement, level: Level): List[] {
  const { tests, coverage } = measurement
  const flaky = tests?.flakyTests ?? []
  const removed = tests?.removed ?? []
  const skipped = tests?.newlySkipped ?? []
  const lost = coverage?.lost ?? []
  const lines = lost.reduce((sum, { lines }) => sum + lines.reduce((all, range) => all + sizeOf(range), 0), 0)
  return [
    { title: `${flaky.length} flaky`, items: flaky.slice(0, level.rows).map(flakyLine), of: flaky.length },
    { title: `${plural(removed.length, 'test')} removed`, ...named(removed, level) },
    { title: `${skipped.length} newly skipped`, ...named(skipped, level) },
    {
      title: `${plural(lines, 'line')} lost cover outside this diff`,
      items: lost.slice(0, level.rows).map(({ path, lines: ranges }) => {
        const links = ranges.slice(0, level.ranges).map((range) => rangeLink(measurement, path, range))
        return `${fileLink(measurement, path)}: ${[...links, ranges.length > links.length ? '…' : ''].filter(Boolean).join(', ')}`
      }),
      of: lost.length,
    },
  ]
}

function named(ids: readonly string[], level: Level): { items: string[]; of: number } {
  return { items: ids.slice(0, level.rows).map((id) => prose(id, 200)), of: ids.length }
}

export function flakyLine({
  id,
  retries,
  base,
}: {
  id: string
  retries: number
  base?: Parameters<typeof historyOf>[0]
}): string {
  const history = base === undefined ? '' : historyOf(base)
  return `${prose(id, 200)}: passed after ${plural(retries, 'retry', 'retries')}${history === '' ? '' : ` · ${history}`}`
}
