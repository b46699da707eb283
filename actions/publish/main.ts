import { publishEvent } from '@mayfly/pipeline'
import { act, actionLog, flagInput, readContext, secretInput, writeOutputs } from '@mayfly/runner'
import { readGates } from '../test-settings.ts'

await act(async () => {
  const published = await publishEvent(readContext(), secretInput('github-token') ?? '', actionLog, {
    gates: readGates(),
    quiet: flagInput('quiet'),
  })
  writeOutputs({ outcome: published.outcome, 'pull-request': published.pullRequest ?? '' })
})
