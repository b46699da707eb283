import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { connectEngine, type Engine, observe } from '@mayfly/engine'
import { type ActionResult, type ActionRun, runAction } from '../action.ts'
import { startGitHub } from '../github/server.ts'
import type { GitHub } from '../github/types.ts'
import { visit } from '../visit.ts'

const HEALTHY = {
  Dockerfile: `FROM node:24-slim
EXPOSE 3000
CMD ["node", "-e", "require('http').createServer((q,r)=>r.end('fine')).listen(3000)"]
`,
}

describe('bad input gets one clear error, and nothing is lost', () => {
  let github: GitHub
  let engine: Engine
  const repository = `acme/bad${process.pid}`
  const idOf = (number: number) => `acme-bad${process.pid}-pr-${number}`

  before(async () => {
    engine = await connectEngine({ host: undefined }, process.env)
    github = await startGitHub()
    github.addToken('reader', {
      login: 'github-actions[bot]',
      type: 'Bot',
      permissions: { contents: 'read', pull_requests: 'read' },
    })
    github.addToken('no-deployments', {
      login: 'github-actions[bot]',
      type: 'Bot',
      permissions: { contents: 'read', pull_requests: 'write', issues: 'write' },
    })
    github.addToken('nothing', { login: 'github-actions[bot]', type: 'Bot', permissions: {} })
    await github.createRepository(repository)
  })

  after(async () => {
    await engine.close()
    await github.close()
  })

  const open = async (branch: string, files: Record<string, string>) => {
    await github.commit(repository, { branch, files })
    return (await github.openPullRequest({ repo: repository, head: branch })).number
  }
  const run = async (
    number: number,
    more: Partial<ActionRun> = {},
    action: 'opened' | 'closed' | 'labeled' | 'unlabeled' = 'opened',
  ) =>
    runAction({
      action: 'mayfly',
      github,
      repository,
      event: {
        name: 'pull_request',
        payload: await github.event(repository, number, action, action.endsWith('labeled') ? 'preview' : undefined),
      },
      ...more,
      inputs: { domain: 'localhost:18089', ...more.inputs },
    })
  const left = async (number: number) => {
    const { containers, networks, volumes } = await observe(engine, { environment: idOf(number) })
    return containers.length + networks.length + volumes.length
  }
  const close = async (number: number) => {
    await github.closePullRequest(repository, number)
    const closed = await run(number, {}, 'closed')
    assert.equal(closed.code, 0, closed.log)
    assert.equal(await left(number), 0)
  }
  const oneError = (done: ActionResult, expected: RegExp) => {
    assert.equal(done.code, 1, done.log)
    assert.equal(done.errors.length, 1, done.log)
    assert.match(done.errors[0] ?? '', expected)
    assert.doesNotMatch(done.errors[0] ?? '', /\n\s+at .*:\d+:\d+/)
  }

  it('a wrong value of any input is refused by name, before anything is touched', async () => {
    const number = await open('inputs', HEALTHY)
    const wrong: [Record<string, string>, RegExp][] = [
      [{ ttl: 'soon' }, /ttl is "soon".*\n.*30m, 12h/],
      [{ ttl: '0h' }, /ttl/],
      [{ domain: 'http://x' }, /domain is "http:\/\/x".*\n.*preview\.example\.com/],
      [{ domain: 'localhost:99999' }, /domain/],
      [{ limits: 'memory=lots' }, /limits: memory is "lots"/],
      [{ limits: 'disk=1g' }, /limits holds "disk=1g"/],
      [{ host: 'ftp://host' }, /host is "ftp:\/\/host".*\n.*ssh:\/\/user@host/],
      [{ host: 'tcp://127.0.0.1:2376' }, /no TLS material/],
      [{ host: 'unix:///nowhere.sock' }, /No engine answers at unix:\/\/\/nowhere\.sock/],
      [{ tls: 'maybe' }, /tls is "maybe".*\n.*auto, internal, off/],
      [{ registry: 'https://Registry/x' }, /registry is "https:\/\/Registry\/x"/],
      [{ 'dry-run': 'perhaps' }, /dry-run is "perhaps"/],
      [{ env: 'NOT_SET' }, /env names NOT_SET, which is not set/],
      [{ timeout: '5' }, /timeout is "5"/],
      [{ 'tls-ca': 'x' }, /Only some of tls-ca/],
      [{ 'github-token': ' ' }, /github-token is empty/],
      [{ 'compose-file': 'missing.yaml' }, /missing\.yaml/],
    ]
    for (const [inputs, expected] of wrong) oneError(await run(number, { inputs }), expected)
    assert.equal(await left(number), 0)
  })

  it('an event or a payload that means nothing is refused by name', async () => {
    const payloads: [string, unknown, RegExp][] = [
      ['issue_comment', {}, /issue_comment.*\n?.*pull_request/],
      ['pull_request', { action: 'opened' }, /pull_request/],
      ['pull_request', { pull_request: { number: 'x' } }, /number/],
      ['pull_request', '{not json', /not JSON/],
    ]
    for (const [name, payload, expected] of payloads) {
      oneError(await runAction({ action: 'mayfly', github, repository, event: { name, payload } }), expected)
    }
  })

  it('a project that cannot be previewed says why, in the log and in the comment, and leaves nothing', async () => {
    const projects: [string, Record<string, string>, RegExp, RegExp][] = [
      ['none', { 'readme.txt': 'x' }, /compose\.yaml.*Dockerfile/s, /compose/],
      ['broken', { 'compose.yaml': 'services:\n  web: [\n' }, /compose\.yaml:\d+/, /compose/],
      [
        'missing',
        { 'compose.yaml': JSON.stringify({ services: { web: { image: 'x', env_file: 'gone.env' } } }) },
        /gone\.env/,
        /gone/,
      ],
      [
        'hostile',
        {
          'compose.yaml': JSON.stringify({
            services: { web: { image: 'node:24-slim', privileged: true, volumes: ['/var/run/docker.sock:/s'] } },
          }),
        },
        /privileged[\s\S]*docker\.sock/,
        /privileged/,
      ],
      [
        'build',
        { Dockerfile: 'FROM node:24-slim\nRUN echo before-the-end && exit 7\n' },
        /this step failed: .*RUN echo before-the-end[\s\S]*before-the-end/,
        /before/,
      ],
      [
        'never',
        {
          ...HEALTHY,
          'compose.yaml': JSON.stringify({
            services: {
              web: {
                build: '.',
                healthcheck: {
                  test: ['CMD-SHELL', 'echo still-ill; exit 1'],
                  interval: '200ms',
                  retries: 2,
                  start_period: '1ms',
                },
              },
            },
          }),
        },
        /web is unhealthy.*Everything of it was removed/s,
        /still-ill/,
      ],
      [
        'dies',
        { Dockerfile: 'FROM node:24-slim\nEXPOSE 3000\nCMD ["node", "-e", "console.log(\'last words\');process.exit(4)"]\n' },
        /exit code 4/,
        /last words/,
      ],
    ]
    for (const [branch, files, expected, said] of projects) {
      const number = await open(branch, files)
      const done = await run(number)
      oneError(done, expected)
      assert.equal(done.outputs.outcome, 'failed')
      const comments = github.comments(repository, number)
      assert.equal(comments.length, 1)
      assert.match(comments[0]?.body ?? '', said, branch)
      assert.equal(await left(number), 0, branch)
      await close(number)
    }
  })

  it('a service that listens on no port that was named is found out', async () => {
    const number = await open('deaf', {
      Dockerfile: 'FROM node:24-slim\nEXPOSE 3000\nCMD ["node", "-e", "setInterval(()=>{},1000)"]\n',
    })
    oneError(await run(number, { inputs: { timeout: '3s' } }), /nothing answers through the gateway \(port 3000\)/)
    assert.equal(await left(number), 0)
    await close(number)
  })

  it('a token that may not comment or deploy names the line to add, and the preview is there all the same', async () => {
    const number = await open('token', HEALTHY)
    const reader = await run(number, { token: 'reader' })
    assert.equal(reader.code, 0, reader.log)
    assert.equal(reader.outputs.outcome, 'ready')
    assert.match(reader.log, /pull-requests: write/)
    assert.match(reader.log, /deployments: write/)
    assert.equal((await visit(reader.outputs.url ?? '')).body, 'fine')
    const some = await run(number, { token: 'no-deployments' })
    assert.equal(some.outputs.outcome, 'ready')
    assert.equal(github.comments(repository, number).length, 1)
    oneError(await run(number, { token: 'no-such-token' }), /token/)
    await close(number)
  })

  it('a token that may not even read the pull request ends the run with the line to add', async () => {
    const closed = `acme/closed${process.pid}`
    await github.createRepository(closed, { private: true })
    await github.commit(closed, { branch: 'change', files: HEALTHY })
    await github.openPullRequest({ repo: closed, head: 'change' })
    const event = { name: 'pull_request', payload: await github.event(closed, 1, 'opened') }
    const done = await runAction({ action: 'mayfly', github, repository: closed, event, token: 'nothing' })
    oneError(done, /permissions:\n[\s\S]*pull-requests: read/)
  })

  it('a label opts in, and taking it off takes the preview away', async () => {
    const number = await open('label', HEALTHY)
    const inputs = { label: 'preview' }
    assert.equal((await run(number, { inputs })).outputs.outcome, 'skipped')
    assert.equal(github.comments(repository, number).length, 0)
    await github.label(repository, number, 'preview')
    assert.equal((await run(number, { inputs }, 'labeled')).outputs.outcome, 'ready')
    await github.unlabel(repository, number, 'preview')
    assert.equal((await run(number, { inputs }, 'unlabeled')).outputs.outcome, 'removed')
    assert.equal(await left(number), 0)
  })

  it('a dry run asks, plans and changes nothing, here or on GitHub', async () => {
    const number = await open('dry', HEALTHY)
    github.requests.length = 0
    const done = await run(number, { inputs: { 'dry-run': 'true' } })
    assert.equal(done.code, 0, done.log)
    assert.equal(done.outputs.outcome, 'planned')
    assert.match(done.log, /create service app/)
    assert.deepEqual([...new Set(github.requests.map((request) => request.method))], ['GET'])
    assert.equal(await left(number), 0)
  })

  it('a hosted runner without a host is told in one line that the preview ends with the job', async () => {
    const number = await open('hosted', HEALTHY)
    const inputs = { 'dry-run': 'true' }
    const hosted = await run(number, { inputs, env: { RUNNER_ENVIRONMENT: 'github-hosted' } })
    assert.match(hosted.log, /^::warning::No host is given: .* ends with the job\.$/m)
    assert.doesNotMatch((await run(number, { inputs })).log, /No host is given/)
  })

  it('names with every odd character become names that every tool takes', async () => {
    const odd = ['-dash/ÜMLAUT/日本', `long-${'x'.repeat(180)}`, 'UPPER/Case_under.dot']
    for (const branch of odd) {
      const number = await open(branch, HEALTHY)
      const done = await run(number)
      assert.equal(done.outputs.outcome, 'ready', done.log)
      assert.equal((await visit(done.outputs.url ?? '')).body, 'fine')
      await close(number)
    }
    const services = {
      'compose.yaml': JSON.stringify({
        services: {
          'Web_App.2': {
            image: 'node:24-slim',
            command: ['node', '-e', "require('http').createServer((q,r)=>r.end('odd')).listen(3000)"],
            expose: ['3000'],
          },
        },
      }),
    }
    const number = await open('service-names', services)
    const done = await run(number)
    assert.equal(done.outputs.outcome, 'ready', done.log)
    for (const url of Object.values<string>(JSON.parse(done.outputs.urls ?? '{}'))) assert.equal((await visit(url)).body, 'odd')
    await close(number)
  })

  it('says nothing to GitHub that GitHub does not describe', () => {
    assert.deepEqual(github.violations, [])
  })
})
