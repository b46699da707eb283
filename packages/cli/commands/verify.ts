import { verifyAll } from '@mayfly/release'
import { renderDrift, renderNotChecked } from '@mayfly/report'
import type { Options } from '../options.ts'
import { answer } from '../terminal.ts'
import { withTracing } from '../tracing.ts'

/**
 * Compares ledger, registries and running environments. 0: all of it was looked at and is as it should be; 1: something
 * is not, or was not to be reached. `--repair` sets tags right, and nothing else.
 */
export async function verify(options: Options): Promise<number> {
  return withTracing(options, async (tracing) => {
    const verification = await verifyAll(tracing, { repair: options.repair })
    const { drifts, notChecked, repaired, checked } = verification
    const lines = [
      ...drifts.map(renderDrift),
      ...repaired.map((sentence) => `repaired: ${sentence}`),
      renderNotChecked(notChecked),
      `${counted(drifts.length, 'drift')}. Looked at ${counted(checked.versions, 'version')}, ${counted(checked.tags, 'tag')}, ` +
        `${counted(checked.referrers, 'attachment')} and ${counted(checked.environments, 'environment')}.`,
    ]
    answer(options, verification, lines.filter((line) => line !== '').join('\n'))
    return drifts.length === 0 && notChecked.length === 0 ? 0 : 1
  })
}

function counted(number: number, what: string): string {
  return `${number === 0 ? 'No' : number} ${what}${number === 1 ? '' : 's'}`.replace(/^No (?!drift)/, 'no ')
}
