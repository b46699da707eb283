import { runPipeline } from '@mayfly/pipeline'
import { act, actionLog, jobStores, readContext } from '@mayfly/runner'
import { writeResult } from '../outputs.ts'
import { readSettings } from '../settings.ts'
import { readTestWanted } from '../test-settings.ts'

await act(async () => {
  const context = readContext()
  const settings = readSettings(context.environment)
  await writeResult(await runPipeline(context, settings, actionLog, { wanted: readTestWanted(), stores: jobStores }))
})
