import { previewEvent } from '@mayfly/pipeline'
import { act, actionLog, optionalInput, readContext } from '@mayfly/runner'
import { writeResult } from '../outputs.ts'
import { readSettings } from '../settings.ts'

await act(async () => {
  const context = readContext()
  const settings = readSettings(context.environment)
  await writeResult({ kind: 'preview', result: await previewEvent(context, settings, actionLog, optionalInput('artifacts')) })
})
