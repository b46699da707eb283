import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { previewId, silent } from '@mayfly/core'
import { connectEngine, observe, observeImages } from '@mayfly/engine'
import { ownerOf, removeEnvironment } from '@mayfly/environment'
import { loadedRoutes } from '@mayfly/gateway'
import { startGitHub } from '../github/server.ts'
import type { PullRequestAction } from '../github/types.ts'
import { visit } from '../visit.ts'
import { findAct, openWorkplace } from './act.ts'

const shop = join(import.meta.dirname, '..', '..', 'examples', 'shop')
const port = 18310

test("examples/shop's own workflow file, unmodified, run by act: opened, pushed to, merged, swept", async (t) => {
  const act = findAct()
  if (act === undefined) return t.skip('act not found')
  await using workplace = await openWorkplace()
  await using github = await startGitHub({ tls: workplace.tls })
  const repository = `acme/act${process.pid}`
  await github.createRepository(repository, { from: shop })
  const engine = await connectEngine({ host: undefined }, process.env)
  const owner = ownerOf(new URL(github.url).host, repository)
  const id = (number: number) => previewId(repository, number)
  const url = (number: number, path = '/') => `http://${id(number)}.localhost:${port}${path}`

  const runWorkflow = async (name: string, payload: Record<string, unknown>) => {
    const ran = await workplace.run(act, {
      github,
      repository,
      event: { name, payload },
      actions: { 'mayfly-dev/mayfly@v1': workplace.release },
      variables: { MAYFLY_DOMAIN: `localhost:${port}` },
    })
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
  }
  const deliver = async (number: number, action: PullRequestAction) =>
    runWorkflow('pull_request', await github.event(repository, number, action))
  const open = async (branch: string, price: string) => {
    await push(branch, price)
    return (await github.openPullRequest({ repo: repository, head: branch, title: branch })).number
  }
  const push = (branch: string, price: string) =>
    github.commit(repository, {
      branch,
      files: { 'functions/api/price.ts': `export const price = (cents: number) => \`${price} \${cents}\`\n` },
    })
  const said = (number: number) => {
    const comments = github.comments(repository, number)
    assert.deepEqual(
      comments.map((comment) => comment.author),
      ['github-actions[bot]'],
      'one comment, by the workflow',
    )
    return comments[0]?.body ?? ''
  }
  const answers = async (number: number, expected: RegExp) => {
    const products = await visit(url(number, '/api/products'))
    assert.equal(products.status, 200)
    assert.match(products.body, expected)
    assert.equal(products.headers['x-mayfly-revision'], (await github.pullRequest(repository, number)).head)
    assert.match((await visit(url(number))).body, /<h1>Shop<\/h1>/)
  }
  const isGone = async (number: number) => {
    const left = await observe(engine, { owner, environment: id(number) })
    assert.deepEqual(left, { containers: [], networks: [], volumes: [] })
    assert.deepEqual(await loadedRoutes(engine, id(number)), [])
    assert.equal((await visit(url(number))).status, 404)
  }
  const deployments = (state: string) => github.deployments(repository).filter((deployment) => deployment.state === state)

  try {
    await t.test('opened: the preview answers at the head, and the pull request says where', async () => {
      const number = await open('cheaper', 'now')
      await deliver(number, 'opened')
      await answers(number, /now 4900/)
      assert.match(said(number), /is ready/)
      assert.ok(said(number).includes(url(number).replace(/\/$/, '')))
      const [deployment] = deployments('success')
      assert.equal(deployment?.sha, (await github.pullRequest(repository, number)).head)
      assert.equal(`${deployment?.statuses.at(-1)?.environmentUrl}/`, url(number))
    })

    await t.test('synchronize: the push is what answers, under the same address', async () => {
      await push('cheaper', 'only')
      await deliver(1, 'synchronize')
      await answers(1, /only 4900/)
      assert.match(said(1), /is ready/)
      assert.equal(deployments('success').length, 1)
      assert.equal(deployments('inactive').length, 1)
    })

    await t.test('closed: merged, everything of it is gone', async () => {
      await github.mergePullRequest(repository, 1)
      await deliver(1, 'closed')
      await isGone(1)
      assert.match(said(1), /The preview is removed/)
      assert.equal(deployments('success').length, 0)
    })

    await t.test('schedule: a preview whose close nobody saw goes, one whose pull request is open stays', async () => {
      const [missed, live] = [await open('missed', 'missed'), await open('live', 'live')]
      await deliver(missed, 'opened')
      await deliver(live, 'opened')
      await answers(missed, /missed 4900/)
      await github.closePullRequest(repository, missed)
      await runWorkflow('schedule', await github.workflowEvent(repository, 'schedule'))
      await isGone(missed)
      assert.match(said(missed), /The preview is removed/)
      await answers(live, /live 4900/)
      assert.match(said(live), /is ready/)
      await github.closePullRequest(repository, live)
      await runWorkflow('workflow_dispatch', await github.workflowEvent(repository, 'workflow_dispatch'))
      await isGone(live)
    })

    assert.deepEqual(await observeImages(engine, owner), [], 'no image of the repository is left')
    assert.deepEqual(github.violations, [])
  } finally {
    for (const number of [1, 2, 3]) await removeEnvironment(engine, owner, id(number), silent)
    await engine.close()
  }
})
