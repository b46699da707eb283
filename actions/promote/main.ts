import { changeEnvironment, defaultUrl } from '@mayfly/pipeline'
import { renderSummary } from '@mayfly/report'
import {
  act,
  actionLog,
  choiceInput,
  failWith,
  flagInput,
  listInput,
  optionalInput,
  readContext,
  tell,
  textInput,
  writeOutputs,
  writeSummary,
} from '@mayfly/runner'
import { readKeys, readSettings } from '../settings.ts'

await act(async () => {
  const context = readContext()
  const settings = readSettings(context.environment)
  const production = choiceInput('production', ['', 'true', 'false'], '')
  const { result, previous } = await changeEnvironment(context, settings, actionLog, {
    environment: textInput('environment'),
    sources: { artifacts: optionalInput('artifacts'), from: optionalInput('from'), versions: listInput('version') },
    revision: optionalInput('revision'),
    requireTested: flagInput('require-tested'),
    trustedKeys: readKeys(optionalInput('trusted-keys')),
    rollback: flagInput('rollback'),
    to: optionalInput('to'),
    production: production === '' ? undefined : production === 'true',
  })
  const { services } = result
  writeOutputs({
    outcome: result.outcome,
    environment: result.environment,
    revision: result.revision,
    url: result.outcome === 'ready' ? (defaultUrl(result) ?? '') : '',
    urls: Object.fromEntries(services.map((service) => [service.name, service.urls[0] ?? ''])),
    digests: result.outcome === 'ready' ? Object.fromEntries(services.map(({ name, digest }) => [name, digest])) : {},
    previous: previous ?? null,
  })
  await writeSummary(renderSummary(result))
  if (result.outcome === 'failed') failWith([result.reason, result.cure].filter((text) => text !== '').join('\n'))
  if (result.outcome === 'overtaken') tell(result.reason)
})
