import { defaultUrl, type PipelineResult } from '@mayfly/pipeline'
import { renderRetention, renderSummary, renderSweep } from '@mayfly/report'
import { failWith, tell, writeOutputs, writeSummary } from '@mayfly/runner'
import { writeMeasured, writeTested } from './test-outputs.ts'

/** Outputs, step summary, and the job's own colour: only a failure is red; an overtaken or skipped run says so and is neutral. */
export async function writeResult(done: PipelineResult): Promise<void> {
  if (done.kind === 'push') return writeTested(done.tested)
  if (done.kind === 'sweep') {
    writeOutputs({ outcome: 'swept', removed: done.result.decisions.filter((decision) => decision.action === 'remove') })
    await writeSummary(
      [renderSweep(done.result), ...(done.retention === undefined ? [] : [renderRetention(done.retention)])].join('\n'),
    )
    if (done.retention !== undefined) writeOutputs({ retention: done.retention.items.map(retired) })
    if (done.retention !== undefined && done.retention.stopped !== '') failWith(done.retention.stopped)
    return
  }
  const { result } = done
  writeOutputs({
    outcome: result.outcome,
    environment: result.environment,
    revision: result.revision,
    url: result.outcome === 'ready' ? (defaultUrl(result) ?? '') : '',
    urls: Object.fromEntries(result.services.map((service) => [service.name, service.urls[0] ?? ''])),
    'expires-at': result.expiresAt ?? '',
    removed: result.removed,
  })
  await writeSummary(renderSummary(result))
  // Its outcome is the preview's; what the tests say is in outputs of their own.
  if (done.tested?.measurement !== undefined) await writeMeasured(done.tested)
  if (result.outcome === 'failed') failWith([result.reason, result.cure].filter((text) => text !== '').join('\n'))
  if (result.outcome === 'overtaken' || result.outcome === 'skipped') tell(result.reason)
}

/** What an output says of one artifact. */
function retired({ item, outcome, why }: NonNullable<Extract<PipelineResult, { kind: 'sweep' }>['retention']>['items'][number]) {
  return { place: item.place, repository: item.repository, digest: item.digest, tags: item.tags, outcome, why }
}
