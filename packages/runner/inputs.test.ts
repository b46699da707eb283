import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { UserError } from '@mayfly/core'
import { readContext } from './context.ts'
import { choiceInput, durationInput, flagInput, listInput, optionalInput, readVariables } from './inputs.ts'

/** The runner hands inputs over as variables of the environment. */
const KEY = 'INPUT_THING'
const given = <T>(value: string, read: (name: string) => T): T => {
  process.env[KEY] = value
  return read('thing')
}
const named = (error: unknown) => error instanceof UserError && /^The input thing is "/.test(error.message)

after(() => {
  delete process.env[KEY]
})

describe('an input', () => {
  it('is undefined where nothing was given', () => {
    for (const nothing of ['', '  ']) {
      assert.equal(given(nothing, optionalInput), undefined)
      assert.equal(given(nothing, durationInput), undefined)
      assert.equal(given(nothing, flagInput), false)
      assert.deepEqual(given(nothing, listInput), [])
    }
  })

  it('that is a flag is true or false as YAML spells them, and nothing else', () => {
    for (const text of ['true', 'True', 'TRUE']) assert.equal(given(text, flagInput), true)
    for (const text of ['false', 'False', 'FALSE']) assert.equal(given(text, flagInput), false)
    for (const text of ['yes', '1', 'tRue', 'true false']) assert.throws(() => given(text, flagInput), named)
  })

  it('that is a duration is in milliseconds; never is never, and a typing error is not', () => {
    assert.equal(given('90s', durationInput), 90_000)
    assert.equal(given('never', durationInput), undefined)
    for (const text of ['neve', '7', 'false']) assert.throws(() => given(text, durationInput), named)
  })

  it('that is a list is one item a line, or separated by commas or spaces', () => {
    for (const text of ['a b', 'a,b', 'a\nb\n', ' a ,, b ']) assert.deepEqual(given(text, listInput), ['a', 'b'])
  })

  it('that is a choice is one of the words, or the first where nothing is said', () => {
    const read = (name: string) => choiceInput(name, ['auto', 'off'], 'auto')
    assert.deepEqual([given('', read), given('off', read)], ['auto', 'off'])
    assert.throws(
      () => given('on', read),
      (error) => named(error) && error instanceof UserError && error.cure === 'Write one of: auto, off.',
    )
  })
})

describe('variables for the Compose file', () => {
  it('are the named ones, and no other', () => {
    const environment = { ONE: '1', EMPTY: '', GITHUB_TOKEN: 'secret' }
    assert.deepEqual(readVariables(['ONE', 'EMPTY'], environment, 'env'), { ONE: '1', EMPTY: '' })
  })
  for (const name of ['MISSING', 'A=B', '1A', 'A-B', '', 'toString', '__proto__']) {
    it(`refuse ${JSON.stringify(name)}`, () => assert.throws(() => readVariables([name], { 'A=B': 'x' }, 'env'), UserError))
  }
})

describe('the job', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'units-runner-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const job = async (payload: string | undefined, more: Record<string, string | undefined> = {}) => {
    const path = join(folder, payload === undefined ? 'missing.json' : 'event.json')
    if (payload !== undefined) await writeFile(path, payload)
    return readContext({
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_EVENT_PATH: path,
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_WORKSPACE: folder,
      GITHUB_RUN_ID: '7',
      ...more,
    })
  }

  it('is read from what the runner sets, with github.com where it names no server', async () => {
    const context = await job('{"number":1}')
    assert.deepEqual(context.event, { name: 'pull_request', payload: { number: 1 } })
    assert.equal(context.runUrl, 'https://github.com/acme/shop/actions/runs/7')
    assert.equal(context.apiUrl, 'https://api.github.com')
    assert.equal(context.hosted, false)
    assert.equal((await job('{}', { RUNNER_ENVIRONMENT: 'github-hosted' })).hosted, true)
    assert.equal((await job('{}', { GITHUB_SERVER_URL: 'https://ghe.test' })).runUrl, 'https://ghe.test/acme/shop/actions/runs/7')
  })

  const refused: [what: string, payload: string | undefined, more: Record<string, string | undefined>, said: RegExp][] = [
    ['outside a workflow', '{}', { GITHUB_REPOSITORY: undefined }, /^GITHUB_REPOSITORY is not set/],
    ['with an empty variable', '{}', { GITHUB_EVENT_NAME: '' }, /^GITHUB_EVENT_NAME is not set/],
    ['without a payload', undefined, {}, /payload .* cannot be read/],
    ['with a payload that is cut off', '{"number":', {}, /payload .* is not JSON/],
  ]
  for (const [what, payload, more, said] of refused) {
    it(`${what} is refused with a sentence`, () =>
      assert.rejects(job(payload, more), (error) => error instanceof UserError && said.test(error.message)))
  }
})
