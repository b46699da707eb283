import { testEvent } from '@mayfly/pipeline'
import { act, actionLog, jobStores, readContext } from '@mayfly/runner'
import { readSettings } from '../settings.ts'
import { writeTested } from '../test-outputs.ts'
import { readTestWanted } from '../test-settings.ts'

await act(async () => {
  const context = readContext()
  const settings = readSettings(context.environment)
  await writeTested(await testEvent(context, settings, actionLog, readTestWanted(), jobStores))
})
