import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connectEngine, observe } from '@mayfly/engine'
import { runAction } from '../action.ts'
import { startGitHub } from '../github/server.ts'
import type { GitHub, PullRequestAction } from '../github/types.ts'
import { visit } from '../visit.ts'

const examples = join(import.meta.dirname, '..', '..', 'examples')

describe('projects are found without configuration and previewed', () => {
  let github: GitHub
  before(async () => {
    github = await startGitHub()
  })
  after(() => github.close())

  const preview = async (
    name: string,
    files: Record<string, string>,
    from: string | undefined,
    more: { inputs?: Record<string, string>; env?: Record<string, string> },
    look: (url: string) => Promise<void>,
  ) => {
    const repository = `acme/${name}${process.pid}`
    const run = async (action: PullRequestAction) =>
      runAction({
        action: 'mayfly',
        github,
        repository,
        event: { name: 'pull_request', payload: await github.event(repository, 1, action) },
        inputs: { domain: 'localhost:18096', ...more.inputs },
        ...(more.env ? { env: more.env } : {}),
      })
    await github.createRepository(repository, from === undefined ? {} : { from })
    await github.commit(repository, { branch: 'change', files: { 'note.txt': 'a change', ...files } })
    await github.openPullRequest({ repo: repository, head: 'change', draft: true })
    await github.setDraft(repository, 1, false)
    const ready = await run('ready_for_review')
    assert.equal(ready.outputs.outcome, 'ready', ready.log)
    await look(ready.outputs.url ?? '')
    await github.closePullRequest(repository, 1)
    assert.equal((await run('closed')).outputs.outcome, 'removed')
    const engine = await connectEngine({ host: undefined }, process.env)
    assert.deepEqual(await observe(engine, { environment: ready.outputs.environment ?? '' }), {
      containers: [],
      networks: [],
      volumes: [],
    })
    await engine.close()
  }

  it('a folder of functions, each at its route under the default host', () =>
    preview('functions', {}, join(examples, 'functions'), {}, async (url) => {
      assert.match((await visit(url)).body, /Hello, world/)
      assert.equal((await visit(`${url}/api/time`)).status, 200)
      // A longer word is not the route's: the function at / gets it.
      assert.doesNotMatch((await visit(`${url}/api/timetable`)).body, /"zone"/)
    }))

  it('a Compose file with a profile, an env file, a job that must end first, and a variable that the step allows', () => {
    const script =
      "require('http').createServer((q,r)=>r.end([process.env.FROM_FILE,process.env.FROM_STEP,require('fs').readFileSync('/shared/made')].join(' '))).listen(3000)"
    const compose = {
      services: {
        prepare: { image: 'node:24-slim', command: ['sh', '-c', 'echo -n prepared > /shared/made'], volumes: ['shared:/shared'] },
        web: {
          image: 'node:24-slim',
          profiles: ['full'],
          command: ['node', '-e', script],
          env_file: 'web.env',
          environment: { FROM_STEP: ['${', 'ALLOWED}'].join('') },
          volumes: ['shared:/shared'],
          depends_on: { prepare: { condition: 'service_completed_successfully' } },
          ports: ['3000'],
        },
      },
      volumes: { shared: {} },
    }
    const files = { 'compose.yaml': JSON.stringify(compose), 'web.env': 'FROM_FILE=file\n' }
    const more = { inputs: { profiles: 'full', env: 'ALLOWED' }, env: { ALLOWED: 'step' } }
    return preview('profile', files, undefined, more, async (url) => assert.equal((await visit(url)).body, 'file step prepared'))
  })
})
