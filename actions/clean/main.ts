import { cleanEvent } from '@mayfly/pipeline'
import { act, actionLog, readContext } from '@mayfly/runner'
import { writeResult } from '../outputs.ts'
import { readRetention, readSettings } from '../settings.ts'

await act(async () => {
  const context = readContext()
  const settings = readSettings(context.environment)
  await writeResult(await cleanEvent(context, settings, actionLog, readRetention()))
})
