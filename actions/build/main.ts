import { buildPullRequest } from '@mayfly/pipeline'
import { act, actionLog, readContext, writeOutputs } from '@mayfly/runner'
import { readSettings } from '../settings.ts'

await act(async () => {
  const context = readContext()
  const settings = readSettings(context.environment)
  const built = await buildPullRequest(context, settings, actionLog)
  writeOutputs({ artifacts: built.artifacts, revision: built.revision, environment: built.environment })
})
