import type { Removed } from '@mayfly/core'
import { code, prose } from './text.ts'
import { counts } from './words.ts'

/** What a sweep decided, and what it removed. */
export interface SweepReport {
  decisions: readonly { environment: string; action: 'keep' | 'remove'; why: string; removed: Removed }[]
  dryRun: boolean
}

/** Rows that stay well within a step summary. */
const MOST = 500

/** The step summary of a sweep: what went, and why; then what stays, and why. */
export function renderSweep({ decisions, dryRun }: SweepReport): string {
  if (decisions.length === 0) return '### Sweep\n\nThis repository has no environments on this engine.\n'
  const going = decisions.filter(({ action }) => action === 'remove')
  const staying = decisions.filter(({ action }) => action === 'keep')
  const rows = [...going, ...staying].slice(0, MOST).map(({ environment, action, why, removed }) => {
    const gone = counts(removed)
    const done = action === 'keep' ? 'kept' : dryRun ? 'would go' : `removed${gone === '' ? '' : `: ${gone}`}`
    return `| ${code(environment)} | ${done} | ${prose(why, 300)} |`
  })
  const left = decisions.length - rows.length
  const title = `### Sweep: ${going.length} ${dryRun ? 'would go' : 'removed'}, ${staying.length} ${dryRun ? 'would stay' : 'kept'}`
  const table = ['| Environment | | Why |', '| --- | --- | --- |', ...rows].join('\n')
  return `${[title, table, ...(left > 0 ? [`and ${left} more`] : [])].join('\n\n')}\n`
}
