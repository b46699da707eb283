import assert from 'node:assert/strict'
import test from 'node:test'
import { type Job, silent, UserError } from '@mayfly/core'
import { changeEnvironment, type NamedRequest } from './named.ts'
import { DEFAULT_LIMITS, type Settings } from './settings.ts'

/** Nothing of it leads anywhere: what is refused here is refused before anything is connected. */
const job: Job = {
  event: { name: 'push', payload: {} },
  repository: 'acme/shop',
  serverUrl: 'http://127.0.0.1:1',
  apiUrl: 'http://127.0.0.1:1',
  workspace: '/nowhere',
  temp: '/nowhere',
  runUrl: '',
  cache: '/nowhere',
  runtime: undefined,
  hosted: false,
  environment: {},
}
const settings: Settings = {
  engine: { host: 'unix:///nowhere.sock' },
  reach: { domain: 'localhost', listen: 80, tls: 'off', limits: DEFAULT_LIMITS },
  composeFile: undefined,
  profiles: [],
  env: {},
  registry: undefined,
  signingKey: undefined,
  ttl: undefined,
  label: undefined,
  environmentName: '',
  timeout: 1,
  dryRun: false,
  token: 'x',
}
const asked: NamedRequest = {
  environment: 'production',
  sources: { from: 'staging' },
  revision: undefined,
  requireTested: false,
  trustedKeys: [],
  rollback: false,
  to: undefined,
  production: undefined,
}

const table: [Partial<NamedRequest>, RegExp][] = [
  [{ environment: '' }, /environment is "", which is no name of an environment/],
  [{ environment: '../x' }, /environment is "..\/x"/],
  [{ environment: 'a'.repeat(31) }, /no name of an environment/],
  [{ environment: 'mayfly-measure' }, /names that begin with mayfly- are for what Mayfly starts itself/],
  [{ environment: 'pr-1' }, /environment is "pr-1", which is a preview/],
  [{ sources: {} }, /Nothing says what to promote/],
  [{ sources: { from: 'staging', versions: ['web@1.0.0'] } }, /in 2 ways: from, version/],
  [{ sources: { from: 'staging', versions: ['web@1.0.0'], artifacts: '[]' } }, /in 3 ways: artifacts, from, version/],
  [{ sources: { versions: ['web@1.0.0', 'api'] } }, /"api" is not the version/],
  [{ sources: { artifacts: 'x' } }, /artifacts is not JSON/],
  [{ rollback: true }, /rollback is on, and something to promote is given/],
  [{ to: '1' }, /to is given without rollback/],
  [{ revision: 'main' }, /revision is "main"/],
]
for (const [wrong, message] of table) {
  test(`refused at once, with a cure: ${JSON.stringify(wrong).slice(0, 80)}`, async () => {
    await assert.rejects(
      async () => changeEnvironment(job, settings, silent, { ...asked, ...wrong }),
      (error: unknown) => {
        assert.ok(error instanceof UserError, String(error))
        assert.match(error.message, message)
        assert.notEqual(error.cure ?? '', '')
        return true
      },
    )
  })
}

test('what is asked for well goes on to the engine, and says which one does not answer', async () => {
  await assert.rejects(
    async () => changeEnvironment(job, settings, silent, asked),
    /No engine answers at unix:\/\/\/nowhere.sock/,
  )
})
