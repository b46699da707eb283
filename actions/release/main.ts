import { releaseEvent } from '@mayfly/pipeline'
import { renderRelease } from '@mayfly/report'
import { act, actionLog, choiceInput, readContext, writeOutputs, writeSummary } from '@mayfly/runner'
import { readSettings } from '../settings.ts'

await act(async () => {
  const context = readContext()
  const settings = readSettings(context.environment)
  const { revision, services } = await releaseEvent(context, settings, actionLog, {
    version: choiceInput('version', ['package', 'auto'], 'package'),
  })
  writeOutputs({
    revision,
    artifacts: services.map(({ artifact }) => artifact),
    versions: Object.fromEntries(services.flatMap(({ service, version }) => (version === undefined ? [] : [[service, version]]))),
    published: services.filter(({ outcome }) => outcome === 'published').map(({ service, version }) => `${service}@${version}`),
  })
  await writeSummary(renderRelease(revision, services))
})
