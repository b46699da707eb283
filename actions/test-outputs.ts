import { percent, type Ratio } from '@mayfly/core'
import type { Tested } from '@mayfly/pipeline'
import { renderMeasurementSummary } from '@mayfly/report'
import { failWith, tell, writeOutputs, writeSummary } from '@mayfly/runner'

/** Outputs and step summary of a run that tests, and the job's own colour: red where a gate that can fail did. */
export async function writeTested(tested: Tested): Promise<void> {
  writeOutputs({ outcome: tested.outcome })
  if (tested.measurement === undefined) tell(tested.reason)
  else await writeMeasured(tested)
}

/** What was measured, beside whatever else the job does. */
export async function writeMeasured({ measurement, files, source }: Tested): Promise<void> {
  if (measurement === undefined || files === undefined) return
  const failed = measurement.gates.filter((gate) => gate.outcome === 'failed')
  const { tests, coverage, links } = measurement
  const counts = tests && {
    total: tests.total,
    passed: tests.passed,
    failed: tests.failed,
    skipped: tests.skipped,
    flaky: tests.flaky,
  }
  writeOutputs({
    passed: failed.length === 0,
    tests: counts ?? {},
    'patch-coverage': percentOf(coverage?.patch.lines),
    'project-coverage': percentOf(coverage?.lines),
    measurement: files.measurement,
    report: files.page,
    lcov: files.lcov ?? '',
    cobertura: files.cobertura ?? '',
    'coverage-json': files.coverage ?? '',
    'report-url': links.page ?? links.artifact ?? '',
  })
  await writeSummary(renderMeasurementSummary(measurement, { sources: source ?? (() => undefined) }))
  if (failed.length > 0) failWith(failed.map(({ message, where }) => `${message} (${where})`).join('\n'))
}

function percentOf(ratio: Ratio | undefined): string {
  return ratio === undefined || ratio.total === 0 ? '' : percent(ratio)
}
