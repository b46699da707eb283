import assert from 'node:assert/strict'
import test from 'node:test'
import { UserError } from '@mayfly/core'
import { readTrigger } from './trigger.ts'

const understood = [
  ['pull_request', { action: 'opened', number: 7 }, { kind: 'pull-request', number: 7 }],
  ['pull_request', { action: 'closed', pull_request: { number: 8 } }, { kind: 'pull-request', number: 8 }],
  ['pull_request_target', { action: 'whatever comes next', number: 9 }, { kind: 'pull-request', number: 9 }],
  ['schedule', { schedule: '0 * * * *' }, { kind: 'sweep' }],
  ['workflow_dispatch', null, { kind: 'sweep' }],
] as const
for (const [name, payload, trigger] of understood) {
  test(`${name} with ${JSON.stringify(payload)} asks for a ${trigger.kind}`, () => {
    assert.deepEqual(readTrigger({ name, payload }), trigger)
  })
}

for (const name of ['push', 'issue_comment', 'workflow_run', 'constructor', '']) {
  test(`the event "${name}" is refused, naming those that are understood`, () => {
    assert.throws(
      () => readTrigger({ name, payload: { number: 1 } }),
      (error) => {
        assert.ok(error instanceof UserError)
        assert.ok(error.message.includes(name === '' ? 'without a name' : name))
        assert.match(error.cure ?? '', /pull_request, pull_request_target, schedule, workflow_dispatch/)
        return true
      },
    )
  })
}

for (const payload of [
  undefined,
  null,
  'text',
  [],
  {},
  { number: '7' },
  { number: 0 },
  { number: 1.5 },
  { pull_request: null },
]) {
  test(`a payload ${JSON.stringify(payload)} of a pull request is refused, naming what is missing`, () => {
    assert.throws(() => readTrigger({ name: 'pull_request', payload }), /"number" is missing/)
  })
}
