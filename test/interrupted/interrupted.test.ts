import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { command, LABEL } from '@mayfly/core'
import { connectEngine, type Engine, observe } from '@mayfly/engine'
import { recordsOf } from '@mayfly/environment'
import { loadedRoutes } from '@mayfly/gateway'
import { type ActionResult, runAction } from '../action.ts'
import { startGitHub } from '../github/server.ts'
import type { GitHub, PullRequestAction } from '../github/types.ts'
import { visit } from '../visit.ts'

const inputs = { domain: 'localhost:18088' }

/** Takes a moment to get healthy, so that there is time to be interrupted. */
const server = (text: string) => `import { createServer } from 'node:http'
setTimeout(() => createServer((_q, r) => r.end('${text}')).listen(3000), 1500)
process.on('SIGTERM', () => process.exit(0))
`
const FILES = {
  'compose.yaml': JSON.stringify({
    services: {
      web: {
        build: '.',
        expose: ['3000'],
        volumes: ['data:/data'],
        healthcheck: { test: ['CMD', 'node', '-e', "fetch('http://127.0.0.1:3000').catch(() => process.exit(1))"] },
      },
    },
    volumes: { data: {} },
  }),
  Dockerfile: 'FROM node:24-slim\nCOPY server.mjs /\nCMD ["node", "/server.mjs"]\n',
  'server.mjs': server('one'),
}

describe('runs that are killed, overtaken, doubled or too late', () => {
  let github: GitHub
  let engine: Engine
  const repository = `acme/cut${process.pid}`
  const idOf = (number: number) => `acme-cut${process.pid}-pr-${number}`
  const urlOf = (number: number) => `http://${idOf(number)}.localhost:18088/`

  before(async () => {
    engine = await connectEngine({ host: undefined }, process.env)
    github = await startGitHub()
    await github.createRepository(repository)
  })

  after(async () => {
    await engine.close()
    await github.close()
  })

  const open = async (branch: string) => {
    await github.commit(repository, { branch, files: FILES })
    return (await github.openPullRequest({ repo: repository, head: branch })).number
  }
  const run = async (
    number: number,
    action: PullRequestAction,
    more: { onLine?: (line: string) => void; signal?: AbortSignal } = {},
  ): Promise<ActionResult> =>
    runAction({
      action: 'mayfly',
      github,
      repository,
      event: { name: 'pull_request', payload: await github.event(repository, number, action) },
      inputs,
      ...more,
    })
  const killedAt = async (number: number, action: PullRequestAction, moment: RegExp) => {
    const kill = new AbortController()
    await assert.rejects(
      run(number, action, { signal: kill.signal, onLine: (line) => void (moment.test(line) && kill.abort()) }),
      /abort/i,
    )
  }
  const left = async (number: number) => {
    const { containers, networks, volumes } = await observe(engine, { environment: idOf(number) })
    return [...containers, ...networks, ...volumes]
      .map((resource) => resource.name)
      .concat(await loadedRoutes(engine, idOf(number)))
  }
  const closeAndCount = async (number: number) => {
    await github.closePullRequest(repository, number)
    const closed = await run(number, 'closed')
    assert.equal(closed.code, 0, closed.log)
    assert.deepEqual(await left(number), [])
  }

  it('a run that was killed at any moment is finished by the next one, and by a close', async () => {
    const number = await open('killed')
    for (const moment of [/^Read the project:/, /exporting to image/, /^Starting web/, /^Waiting for web/]) {
      await github.commit(repository, {
        branch: 'killed',
        files: { 'server.mjs': server(`after ${moment.source.replace(/\W/g, '')}`) },
      })
      await killedAt(number, 'synchronize', moment)
      const done = await run(number, 'synchronize')
      assert.equal(done.outputs.outcome, 'ready', done.log)
      assert.equal((await visit(urlOf(number))).body, `after ${moment.source.replace(/\W/g, '')}`)
      const observed = await observe(engine, { environment: idOf(number) })
      assert.equal(observed.containers.length, 1)
      assert.equal(recordsOf(observed).length, 1)
    }
    await github.closePullRequest(repository, number)
    await killedAt(number, 'closed', / goes\.$/)
    const closed = await run(number, 'closed')
    assert.equal(closed.code, 0, closed.log)
    assert.deepEqual(await left(number), [])
  })

  it('of two runs at once the one of the newer head decides, and the other ends green as overtaken', async () => {
    const number = await open('raced')
    let newer: Promise<ActionResult> | undefined
    const push = async () => {
      await github.commit(repository, { branch: 'raced', files: { 'server.mjs': server('two') } })
      return run(number, 'synchronize')
    }
    const older = await run(number, 'opened', {
      onLine: (line) => {
        if (/^Starting web/.test(line)) newer ??= push()
      },
    })
    const newest = await newer
    assert.equal(older.code, 0, older.log)
    assert.equal(older.outputs.outcome, 'overtaken', older.log)
    assert.equal(newest?.outputs.outcome, 'ready', newest?.log)
    assert.equal((await visit(urlOf(number))).body, 'two')
    const { head } = await github.pullRequest(repository, number)
    const [comment, ...others] = github.comments(repository, number)
    assert.deepEqual(others, [])
    assert.match(comment?.body ?? '', new RegExp(`\`${head.slice(0, 7)}\` is ready`))
    await closeAndCount(number)
  })

  it('a pull request that is closed during its build leaves nothing behind, whichever run comes last', async () => {
    const number = await open('closed-early')
    let closing: Promise<ActionResult> | undefined
    const close = async () => {
      await github.closePullRequest(repository, number)
      return run(number, 'closed')
    }
    const building = await run(number, 'opened', {
      onLine: (line) => {
        if (/^Starting web/.test(line)) closing ??= close()
      },
    })
    const closed = await closing
    assert.equal(building.code, 0, building.log)
    assert.equal(closed?.code, 0, closed?.log)
    assert.deepEqual(await left(number), [])
  })

  it('a closed event that is delivered twice at once succeeds twice', async () => {
    const number = await open('twice')
    assert.equal((await run(number, 'opened')).outputs.outcome, 'ready')
    await github.closePullRequest(repository, number)
    const both = await Promise.all([run(number, 'closed'), run(number, 'closed')])
    for (const one of both) assert.equal(one.code, 0, one.log)
    assert.deepEqual(await left(number), [])
  })

  it('what is not its own is never removed: another owner’s, or ours by label but not by name', async () => {
    const number = await open('foreign')
    assert.equal((await run(number, 'opened')).outputs.outcome, 'ready')
    const owner = `${new URL(github.url).host}/${repository}`
    const volumes = {
      [`stranger-${process.pid}`]: [`${LABEL.owner}=${owner}`, `${LABEL.environment}=${idOf(number)}`],
      [`${idOf(number)}_other-owner`]: [`${LABEL.owner}=github.com/somebody/else`, `${LABEL.environment}=${idOf(number)}x`],
    }
    for (const [name, labels] of Object.entries(volumes))
      await docker('volume', 'create', ...labels.flatMap((label) => ['--label', label]), name)
    try {
      await github.closePullRequest(repository, number)
      const closed = await run(number, 'closed')
      const there = await docker('volume', 'ls', '--quiet')
      for (const name of Object.keys(volumes)) assert.ok(there.split('\n').includes(name), `${name} is gone\n${closed.log}`)
      assert.match(closed.log, /stranger-\d+ carries the labels of .* but not its name; it is left alone/)
    } finally {
      await docker('volume', 'rm', ...Object.keys(volumes))
    }
    await closeAndCount(number)
  })

  it('among 250 comments and a forged one there is exactly one of its own, and it is rewritten', async () => {
    const number = await open('talkative')
    github.comment(repository, number, 'mallory', `<!-- mayfly:${idOf(number)} -->\n\nThe preview is at http://evil.example`)
    for (let index = 0; index < 250; index++) github.comment(repository, number, 'octocat', `Comment ${index}`)
    for (const action of ['opened', 'reopened'] as const) assert.equal((await run(number, action)).code, 0)
    const own = github.comments(repository, number).filter((comment) => comment.author === 'github-actions[bot]')
    assert.equal(own.length, 1)
    assert.equal(github.comments(repository, number).length, 252)
    await closeAndCount(number)
  })

  it('every request that was sent is one that GitHub describes', () => {
    assert.deepEqual(github.violations, [])
  })

  async function docker(...args: string[]): Promise<string> {
    return (await command(['docker', ...args], { env: { PATH: process.env.PATH ?? '' } })).stdout
  }
})
