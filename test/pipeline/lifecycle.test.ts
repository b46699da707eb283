import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connectEngine, type Engine, observe } from '@mayfly/engine'
import { loadedRoutes } from '@mayfly/gateway'
import { runAction } from '../action.ts'
import { startGitHub } from '../github/server.ts'
import type { GitHub, PullRequestAction } from '../github/types.ts'
import { visit } from '../visit.ts'

const examples = join(import.meta.dirname, '..', '..', 'examples')
const inputs = { domain: 'localhost:18080', ttl: '2h' }

describe('the life of a pull request, through the built action', () => {
  let github: GitHub
  let engine: Engine
  const repository = `acme/life${process.pid}`
  const id = `acme-life${process.pid}-pr-1`
  const event = async (action: PullRequestAction) => ({
    name: 'pull_request',
    payload: await github.event(repository, 1, action),
  })
  const run = async (action: PullRequestAction, more: Partial<Parameters<typeof runAction>[0]> = {}) =>
    runAction({ action: 'mayfly', github, repository, event: await event(action), inputs, ...more })
  const left = async () => {
    const { containers, networks, volumes } = await observe(engine, { environment: id })
    return containers.length + networks.length + volumes.length + (await loadedRoutes(engine, id)).length
  }
  const sticky = () => github.comments(repository, 1).filter((comment) => comment.body.startsWith('<!-- mayfly:'))

  before(async () => {
    engine = await connectEngine({ host: undefined }, process.env)
    github = await startGitHub()
    await github.createRepository(repository, { from: join(examples, 'shop') })
    await github.commit(repository, { branch: 'cheaper', files: { 'README.md': 'A change.\n' } })
    await github.openPullRequest({ repo: repository, head: 'cheaper', title: 'Cheaper @all <b>' })
  })

  after(async () => {
    await github.closePullRequest(repository, 1)
    await run('closed')
    await engine.close()
    await github.close()
  })

  it('is built, isolated, verified and announced when it opens', async () => {
    const done = await run('opened')
    assert.equal(done.code, 0, done.log)
    assert.equal(done.outputs.outcome, 'ready')
    assert.equal(done.outputs.environment, id)
    assert.equal(done.outputs.url, `http://${id}.localhost:18080`)
    const { head } = await github.pullRequest(repository, 1)
    assert.equal(done.outputs.revision, head)
    const products = await visit(`${done.outputs.url}/api/products`)
    assert.equal(products.status, 200)
    assert.match(products.body, /Fishing rod.*49\.00 €/)
    assert.equal(products.headers['x-mayfly-revision'], head)
    assert.match((await visit(done.outputs.url ?? '')).body, /<h1>Shop<\/h1>/)
    assert.equal(sticky().length, 1)
    assert.match(sticky()[0]?.body ?? '', /is ready/)
    const [deployment] = github.deployments(repository)
    assert.equal(deployment?.state, 'success')
    assert.equal(deployment?.sha, head)
    assert.equal(deployment?.statuses.at(-1)?.environmentUrl, done.outputs.url)
  })

  it('follows a push: the changed service is replaced, the others and their data stay', async () => {
    const before = await observe(engine, { environment: id })
    await github.commit(repository, {
      branch: 'cheaper',
      files: { 'functions/api/price.ts': "export const price = (cents: number) => 'only ' + (cents / 200).toFixed(2) + ' €'\n" },
    })
    const done = await run('synchronize')
    assert.equal(done.code, 0, done.log)
    assert.match((await visit(`${done.outputs.url}/api/products`)).body, /only 24\.50 €/)
    const now = await observe(engine, { environment: id })
    const idOf = (observed: typeof now, service: string) =>
      observed.containers.find((container) => container.name === `${id}-${service}-1`)?.id
    assert.notEqual(idOf(now, 'api'), idOf(before, 'api'))
    assert.equal(idOf(now, 'web'), idOf(before, 'web'))
    assert.equal(idOf(now, 'db'), idOf(before, 'db'))
    assert.equal(sticky().length, 1)
    assert.deepEqual(
      github
        .deployments(repository)
        .map((deployment) => deployment.state)
        .sort(),
      ['inactive', 'success'],
    )
  })

  it('changes nothing when nothing changed, and does not rewrite what is said', async () => {
    const before = await observe(engine, { environment: id })
    const done = await run('reopened')
    assert.equal(done.code, 0, done.log)
    const now = await observe(engine, { environment: id })
    assert.deepEqual(
      now.containers.map((container) => container.id).sort(),
      before.containers.map((container) => container.id).sort(),
    )
  })

  it('keeps the previous revision when a push does not get healthy, and shows why', async () => {
    await github.commit(repository, {
      branch: 'cheaper',
      files: {
        'functions/api/index.ts':
          "console.log('``` @octocat broken')\nprocess.exit(3)\nexport default { fetch: () => new Response('') }\n",
      },
    })
    const done = await run('synchronize')
    assert.equal(done.code, 1, done.log)
    assert.equal(done.outputs.outcome, 'failed')
    assert.match(sticky()[0]?.body ?? '', /failed[\s\S]*previous revision was put back[\s\S]*@octocat broken/)
    assert.match((await visit(`http://${id}.localhost:18080/api/products`)).body, /only 24\.50 €/)
    assert.equal(github.deployments(repository).find((deployment) => deployment.state === 'failure') !== undefined, true)
  })

  it('keeps nothing when the sweep cannot be sure, and keeps the preview when it can', async () => {
    const schedule = { name: 'schedule', payload: await github.workflowEvent(repository, 'schedule') }
    for (const response of ['status 500', 'garbage', 'truncated', 'reset', 'status 404'] as const) {
      const fault = github.inject({ method: 'GET', path: /\/pulls\/1$/, times: 10, response })
      const swept = await runAction({ action: 'mayfly', github, repository, event: schedule, inputs })
      fault.remove()
      assert.equal(swept.code, 1, `${response}: ${swept.log}`)
      assert.equal(swept.errors.length, 1)
      assert.ok((await left()) > 5, response)
    }
    const swept = await runAction({ action: 'mayfly', github, repository, event: schedule, inputs })
    assert.equal(swept.code, 0, swept.log)
    assert.ok((await left()) > 5)
  })

  it('is gone, and proven gone, when the pull request is merged', async () => {
    await github.mergePullRequest(repository, 1)
    const done = await run('closed')
    assert.equal(done.code, 0, done.log)
    assert.equal(done.outputs.outcome, 'removed')
    assert.equal(await left(), 0)
    assert.match(sticky()[0]?.body ?? '', /The preview is removed/)
    assert.deepEqual([...new Set(github.deployments(repository).map((deployment) => deployment.state))], ['inactive'])
    assert.equal((await visit(`http://${id}.localhost:18080/`)).status, 404)
    assert.deepEqual(github.violations, [])
  })

  it('stays gone when the event of an earlier push is delivered again', async () => {
    const done = await run('synchronize')
    assert.equal(done.code, 0, done.log)
    assert.equal(done.outputs.outcome, 'removed')
    assert.equal(await left(), 0)
  })
})
