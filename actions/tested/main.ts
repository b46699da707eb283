import { testedEvent } from '@mayfly/pipeline'
import { act, actionLog, flagInput, readContext, secretInput, textInput, writeOutputs } from '@mayfly/runner'

await act(async () => {
  const tested = await testedEvent(readContext(), actionLog, {
    artifacts: textInput('artifacts'),
    passed: flagInput('passed'),
    environment: textInput('environment'),
    signingKey: secretInput('signing-key'),
  })
  writeOutputs({ tested })
})
