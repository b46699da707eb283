import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { LABEL, silent } from '@mayfly/core'
import { connectEngine, type Engine, inspectImage, observe } from '@mayfly/engine'
import { history, namedTarget, ownerOf, removeEnvironment } from '@mayfly/environment'
import { DEFAULT_LIMITS, runPipeline } from '@mayfly/pipeline'
import { type ActionResult, runAction } from '../action.ts'
import { startGitHub } from '../github/server.ts'
import type { GitHub, PullRequestAction } from '../github/types.ts'
import { visit } from '../visit.ts'
import { jobOf } from './job.ts'

const reach = { domain: 'localhost', listen: 18098, tls: 'off', limits: DEFAULT_LIMITS } as const

const server = (text: string) => `import { createServer } from 'node:http'
setTimeout(() => createServer((_q, r) => r.end('${text}')).listen(3000), 500)
process.on('SIGTERM', () => process.exit(0))
`
const FILES = {
  'compose.yaml': JSON.stringify({
    services: {
      web: {
        build: '.',
        expose: ['3000'],
        healthcheck: { test: ['CMD', 'node', '-e', "fetch('http://127.0.0.1:3000').catch(() => process.exit(1))"] },
      },
      side: {
        image: 'node:24-slim',
        command: ['node', '-e', "process.on('SIGTERM',()=>process.exit(0));setInterval(()=>{},1e6)"],
      },
    },
  }),
  'functions/hello/package.json': JSON.stringify({
    name: 'hello',
    version: '1.0.0',
    type: 'module',
    mayfly: { route: '/hello' },
  }),
  'functions/hello/index.ts': "export default { fetch: () => new Response('hello') }\n",
  Dockerfile: 'FROM node:24-slim\nCOPY server.mjs /\nCMD ["node", "/server.mjs"]\n',
  'server.mjs': server('one'),
}

describe('actions/promote', () => {
  let github: GitHub
  let engine: Engine
  const repository = `acme/ship${process.pid}`
  const idOf = (name: string) => `acme-ship${process.pid}-${name}`
  const ownerNow = () => ownerOf(new URL(github.url).host, repository)

  before(async () => {
    engine = await connectEngine({ host: undefined }, process.env)
    github = await startGitHub()
    await github.createRepository(repository)
    await github.commit(repository, { branch: 'change', files: FILES })
    await github.openPullRequest({ repo: repository, head: 'change' })
  })

  after(async () => {
    for (const name of ['pr-1', 'staging', 'production']) await removeEnvironment(engine, ownerNow(), idOf(name), silent)
    await engine.close()
    await github.close()
  })

  const preview = async (action: PullRequestAction) => {
    const { job, settings, close } = await jobOf(github, repository, await github.event(repository, 1, action), reach)
    try {
      const done = await runPipeline(job, settings, silent)
      assert.equal(done.kind === 'preview' && done.result.outcome, 'ready', JSON.stringify(done))
    } finally {
      await close()
    }
  }
  const promote = async (
    inputs: Record<string, string>,
    more: { onLine?: (line: string) => void; signal?: AbortSignal } = {},
  ): Promise<ActionResult> => {
    // Nothing of the event is looked at: it may be one without a pull request.
    const event = { name: 'workflow_dispatch', payload: {} }
    const given = { domain: `localhost:${reach.listen}`, ...inputs }
    return runAction({ action: 'promote', github, repository, event, inputs: given, env: { GITHUB_ACTOR: 'mona' }, ...more })
  }
  /** Service by service, the image's id as the engine says it. */
  const images = async (name: string) => {
    const { containers } = await observe(engine, { owner: ownerNow(), environment: idOf(name) })
    return Object.fromEntries(containers.map(({ labels, imageId }) => [labels[LABEL.service] ?? '', imageId]))
  }
  const story = async (name: string) => {
    const target = namedTarget(new URL(github.url).host, repository, name, reach)
    return (await history(engine, target)).map(({ reason, revision, pullRequest, by }) => [reason, revision, pullRequest, by])
  }
  const deployments = (environment: string) =>
    github.deployments(repository).flatMap((one) => (one.environment === environment ? [one] : []))
  const body = async (name: string) => (await visit(`http://${idOf(name)}.localhost:${reach.listen}/`)).body
  let first = ''
  let second = ''

  it('brings a preview to staging and staging to production: the same digest, a deployment of its own on GitHub', async () => {
    await preview('opened')
    first = (await github.pullRequest(repository, 1)).head
    const comments = github.comments(repository, 1).map((comment) => comment.body)
    const staged = await promote({ environment: 'staging', from: 'pr-1' })
    assert.equal(staged.code, 0, staged.log)
    const shipped = await promote({ environment: 'production', from: 'staging' })
    assert.equal(shipped.code, 0, shipped.log)
    const tested = await images('pr-1')
    assert.deepEqual(Object.keys(tested).sort(), ['hello', 'side', 'web'])
    assert.deepEqual([await images('staging'), await images('production')], [tested, tested])
    assert.doesNotMatch(staged.log + shipped.log, /exporting to image/)
    const { outputs } = shipped
    assert.deepEqual(
      [outputs.outcome, outputs.environment, outputs.revision, outputs.previous],
      ['ready', idOf('production'), first, 'null'],
    )
    assert.equal(JSON.parse(outputs.digests ?? '').web, tested.web)
    assert.equal((await visit(`${outputs.url}/hello`)).body, 'hello')
    assert.equal(outputs.url, `http://${idOf('production')}.localhost:${reach.listen}`)
    assert.match(shipped.summary, /### ✅ `production` runs `[0-9a-f]{7}`: \[[\s\S]*From `staging`, pull request 1\./)
    for (const [environment, production] of [
      ['staging', false],
      ['production', true],
    ] as const) {
      const [one, ...others] = deployments(environment)
      assert.deepEqual(others, [])
      assert.deepEqual(
        [one?.sha, one?.state, one?.production, one?.transient, one?.statuses.at(-1)?.environmentUrl],
        [first, 'success', production, false, `http://${idOf(environment)}.localhost:${reach.listen}`],
      )
    }
    assert.equal(deployments('preview')[0]?.transient, true)
    // What is promoted is said of the environment; the pull request's comment is about its preview.
    assert.deepEqual(
      github.comments(repository, 1).map((comment) => comment.body),
      comments,
    )
  })

  it('killed in the middle, it is finished by running it again', async () => {
    second = await github.commit(repository, { branch: 'change', files: { 'server.mjs': server('two') } })
    await preview('synchronize')
    const kill = new AbortController()
    const onLine = (line: string) => void (/^Starting web/.test(line) && setTimeout(() => kill.abort(), 150))
    await assert.rejects(promote({ environment: 'production', from: 'pr-1' }, { signal: kill.signal, onLine }), /abort/i)
    const again = await promote({ environment: 'production', from: 'pr-1' })
    assert.equal(again.code, 0, again.log)
    assert.equal(await body('production'), 'two')
    assert.deepEqual(await images('production'), await images('pr-1'))
    assert.deepEqual(await story('production'), [
      ['promote', second, 1, 'mona'],
      ['promote', first, 1, 'mona'],
    ])
    assert.equal(JSON.parse(again.outputs.previous ?? '').revision, first)
    const states = deployments('production').map(({ sha, state }) => [sha, state])
    assert.deepEqual(
      states.filter(([, state]) => state === 'success'),
      [[second, 'success']],
    )
    assert.ok(!states.some(([, state]) => state === 'in_progress'), JSON.stringify(states))
  })

  it('plans and changes nothing', async () => {
    const [before, told] = [await story('production'), github.deployments(repository).length]
    for (const inputs of [{ from: 'staging' }, { rollback: 'true' }]) {
      const planned = await promote({ environment: 'production', 'dry-run': 'true', ...inputs })
      assert.equal(planned.outputs.outcome, 'planned', planned.log)
      assert.match(planned.log, /update service web: its definition or image changed/)
    }
    assert.deepEqual([await story('production'), github.deployments(repository).length], [before, told])
  })

  it('puts back what ran where the next does not get well: red, with the reason, and the old one still serves', async () => {
    const bare = await inspectImage(engine, 'node:24-slim')
    const was = await images('production')
    const placed = ['web', 'hello'].map((service) => {
      return { service, reference: bare?.id, name: `${service}@9`, revision: second, key: '', ports: [3000] }
    })
    const failed = await promote({ environment: 'production', artifacts: JSON.stringify(placed), timeout: '20s' })
    assert.equal(failed.code, 1, failed.log)
    assert.equal(failed.outputs.outcome, 'failed')
    assert.match(failed.errors.join(), /The service \w+ .*The previous revision was put back and is running/)
    assert.match(failed.summary, /❌ The promotion of `[0-9a-f]{7}` to `production` failed/)
    assert.equal(await body('production'), 'two')
    assert.deepEqual(await images('production'), was)
    assert.deepEqual((await story('production'))[0], ['automatic-rollback', second, 1, 'mona'])
    const states = deployments('production').map(({ state }) => state)
    assert.deepEqual([states.includes('failure'), states.filter((state) => state === 'success').length], [true, 1])
  })

  it('goes back with one input, and GitHub shows what runs', async () => {
    const back = await promote({ environment: 'production', rollback: 'true', domain: 'forgotten.test' })
    assert.equal(back.code, 0, back.log)
    assert.deepEqual([back.outputs.outcome, back.outputs.revision], ['ready', first])
    assert.equal(JSON.parse(back.outputs.previous ?? '').revision, second)
    assert.match(back.summary, /✅ `production` is back at `[0-9a-f]{7}`/)
    assert.equal(await body('production'), 'one')
    assert.deepEqual((await story('production'))[0], ['rollback', first, 1, 'mona'])
    assert.deepEqual(
      deployments('production').flatMap(({ sha, state }) => (state === 'success' ? [sha] : [])),
      [first],
    )
    assert.equal((await promote({ environment: 'production', rollback: 'true', to: second.slice(0, 9) })).code, 0)
    assert.equal(await body('production'), 'two')
  })

  it('refuses what makes no sense with one error and a cure, and changes nothing', async () => {
    const before = await story('production')
    const table: [inputs: Record<string, string>, message: RegExp][] = [
      [{ from: 'staging' }, /environment is "", which is no name of an environment/],
      [{ environment: 'production', from: 'staging', version: 'web@1.0.0' }, /in 2 ways: from, version/],
      [
        { environment: 'production', from: 'stagging' },
        /Nothing is deployed in .*-stagging on .*\n.*there are: .*-production, .*-staging/,
      ],
      [{ environment: 'production', rollback: 'true', to: '77' }, /holds no "77"/],
      [{ environment: 'production', from: 'staging', production: 'maybe' }, /production is "maybe"/],
    ]
    for (const [inputs, message] of table) {
      const refused = await promote(inputs)
      assert.equal(refused.code, 1, refused.log)
      assert.equal(refused.errors.length, 1, refused.log)
      assert.match(refused.errors[0] ?? '', message)
    }
    assert.deepEqual(await story('production'), before)
    assert.deepEqual(github.violations, [])
  })
})
