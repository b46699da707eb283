import { UserError } from '@mayfly/core'
import { type GateSettings, parseGates } from '@mayfly/measure'
import type { TestWanted } from '@mayfly/pipeline'
import { durationInput, flagInput, linesInput, listInput, optionalInput, textInput } from '@mayfly/runner'

const MINUTE = 60_000

/** What is to be tested and measured. An input that an action does not declare reads as not given. */
export function readTestWanted(): TestWanted {
  const latency = linesInput('latency')
  return {
    // The one-step action is not about testing alone, so it calls it what it is for.
    script: optionalInput('run') ?? optionalInput('test'),
    directory: textInput('working-directory') || '.',
    results: listInput('results'),
    coverageFiles: listInput('coverage-files'),
    browserCoverage: listInput('browser-coverage'),
    coverage: flagInput('coverage'),
    profiles: readProfiles(),
    profileFor: durationInput('profile-for') ?? MINUTE / 2,
    routes: latency.join() === 'off' ? undefined : latency,
    timeout: durationInput('test-timeout') ?? 15 * MINUTE,
    gates: readGates(),
    quiet: flagInput('quiet'),
    dataBranch: readBranch(),
  }
}

export function readGates(): GateSettings {
  return parseGates(textInput('gates'), 'The input gates')
}

function readProfiles(): TestWanted['profiles'] {
  return listInput('profile').map((kind) => {
    if (kind === 'cpu' || kind === 'heap') return kind
    throw new UserError(`The input profile holds "${kind}".`, { cure: 'Write cpu, heap, or both.' })
  })
}

/** What git takes for a branch's name, and nothing that an API's path could be bent with (git-check-ref-format). */
function readBranch(): string | undefined {
  const name = optionalInput('data-branch')
  if (name === undefined || /^(?!-)[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/.test(name)) return name
  throw new UserError(`The input data-branch is "${name}", which is no name of a branch.`, {
    cure: 'Write, for example, mayfly-data.',
  })
}
