import { readFile } from 'node:fs/promises'
import type { Measurement } from '@mayfly/core'
import { placeReport } from '@mayfly/gateway'
import type { Run } from './context.ts'
import type { ReportFiles } from './report-files.ts'
import type { Stores } from './stores.ts'
import type { Subject } from './test-run.ts'

/**
 * Puts the page beside the preview and among the run's artifacts. Where either cannot be, the other is linked.
 * @returns the links that lead to it.
 */
export async function placePage(
  run: Run,
  stores: Stores,
  { target, pullRequest }: Subject,
  { links, run: { id, attempt } }: Measurement,
  files: ReportFiles,
): Promise<Measurement['links']> {
  const { engine, log } = run
  const { page, ...kept } = links
  const [uploaded, measured] = [
    await stores.upload(`mayfly-report-${id}-${attempt}.html`, files.page),
    await stores.upload(`mayfly-measurement-${id}-${attempt}.json`, files.measurement),
  ]
  for (const { why } of [uploaded, measured]) if (why !== '') log.info(`The report is no artifact of this run: ${why}`)
  // The environment of a push is gone in a moment, and its page with it.
  const placed = page !== undefined && pullRequest !== undefined && (await place(run, engine, target.id, files))
  return { ...kept, ...(placed ? { page } : {}), ...(uploaded.url === undefined ? {} : { artifact: uploaded.url }) }
}

async function place(run: Run, engine: Run['engine'], environment: string, files: ReportFiles): Promise<boolean> {
  try {
    return await placeReport(engine, environment, [
      { name: 'report.html', bytes: await readFile(files.page) },
      { name: 'measurement.json', bytes: await readFile(files.measurement) },
    ])
  } catch (error) {
    run.log.warn(`The report cannot be put beside the preview: ${error instanceof Error ? error.message : String(error)}`)
    return false
  }
}
