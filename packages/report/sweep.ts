import type { Removed } from '@mayfly/core'
import { code, prose } from './text.ts'

/** What a sweep decided, and what it removed. */
export interface SweepReport {
  decisions: readonly { environment: string; action: 'keep' | 'remove'; why: string; removed: Removed }[]
  dryRun: boolean
}

/** The step summary of a sweep. */
export function renderSweep(report: SweepReport): string {
  if (report.decisions.length === 0) return '### Sweep\n\nThis repository has no environments on this engine.\n'
  const rows = report.decisions.map(({ environment, action, why, removed }) => {
    const { containers, networks, volumes } = removed
    const done =
      action === 'keep'
        ? 'kept'
        : report.dryRun
          ? 'would go'
          : `removed: ${containers} containers, ${networks} networks, ${volumes} volumes`
    return `| ${code(environment)} | ${done} | ${prose(why)} |`
  })
  return ['### Sweep', '', '| Environment | | Why |', '| --- | --- | --- |', ...rows, ''].join('\n')
}
