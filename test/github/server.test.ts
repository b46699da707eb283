import assert from 'node:assert/strict'
import test from 'node:test'
import { call, items, linkTo, PATH, REPOSITORY, withPullRequest } from './caller.ts'
import { loadContract } from './contract.ts'
import { startGitHub } from './server.ts'

test('every operation of the contract answers, and answers what GitHub documents', async () => {
  await using github = await startGitHub()
  const { head } = await withPullRequest(github)
  await github.commit(REPOSITORY, { branch: 'second', files: { 'b.txt': 'two\n' } })
  const say = async (route: string, status: number, body?: unknown, token = 'workflow-token') => {
    const answer = await call(github, route, { body, token })
    assert.equal(answer.status, status, `${route}: ${answer.text}`)
    return answer
  }
  await say('GET /user', 200, undefined, 'person-token')
  await say('GET /rate_limit', 200)
  await say(`GET ${PATH}`, 200)

  await say(`GET ${PATH}/pulls?state=all&sort=updated&direction=asc`, 200)
  await say(`GET ${PATH}/pulls/1`, 200)
  await say(`POST ${PATH}/pulls`, 201, { title: 'Second', head: 'second', base: 'main' }, 'person-token')
  await say(`PATCH ${PATH}/pulls/2`, 200, { title: 'Renamed' })
  await say(`PUT ${PATH}/pulls/2/merge`, 200)

  const comment = (await say(`POST ${PATH}/issues/1/comments`, 201, { body: 'Hello' })).get('id')
  await say(`GET ${PATH}/issues/1`, 200)
  await say(`GET ${PATH}/issues/1/comments`, 200)
  await say(`GET ${PATH}/issues/comments/${comment}`, 200)
  assert.equal((await say(`PATCH ${PATH}/issues/comments/${comment}`, 200, { body: 'Changed' })).get('body'), 'Changed')
  await say(`DELETE ${PATH}/issues/comments/${comment}`, 204)
  await say(`POST ${PATH}/issues/1/labels`, 200, { labels: ['preview', { name: 'big' }] })
  await say(`GET ${PATH}/issues/1/labels`, 200)
  await say(`DELETE ${PATH}/issues/1/labels/big`, 200)
  assert.deepEqual((await github.pullRequest(REPOSITORY, 1)).labels, ['preview'])

  const deployment = (await say(`POST ${PATH}/deployments`, 201, { ref: 'feature/x', environment: 'preview' })).get('id')
  await say(`GET ${PATH}/deployments?environment=preview&sha=${head}`, 200)
  await say(`GET ${PATH}/deployments/${deployment}`, 200)
  await say(`POST ${PATH}/deployments/${deployment}/statuses`, 201, {
    state: 'success',
    environment_url: 'http://shop.localhost',
  })
  await say(`GET ${PATH}/deployments/${deployment}/statuses`, 200)
  await say(`DELETE ${PATH}/deployments/${deployment}`, 204)

  assert.equal((await say(`GET ${PATH}/commits/feature/x`, 200)).get('sha'), head)
  await say(`GET ${PATH}/git/commits/${head}`, 200)
  await say(`GET ${PATH}/git/ref/heads%2Ffeature%2Fx`, 200)
  await say(`POST ${PATH}/git/refs`, 201, { ref: 'refs/tags/web@1.0.0', sha: head })
  const run = (await say(`POST ${PATH}/check-runs`, 201, { name: 'preview', head_sha: head, status: 'in_progress' })).get('id')
  await say(`PATCH ${PATH}/check-runs/${run}`, 200, { conclusion: 'success', output: { title: 'Ready', summary: 'It runs.' } })
  await say(`POST ${PATH}/statuses/${head}`, 201, { state: 'success', context: 'ci' })
  await say(`GET ${PATH}/commits/${head}/check-runs?check_name=preview&filter=all`, 200)

  const left = { name: 'report.html', bytes: Buffer.from('measured'), run: 7, headBranch: 'feature/x', headSha: head }
  const artifact = github.addArtifact(REPOSITORY, left)
  await say(`GET ${PATH}/actions/artifacts?name=report.html`, 200)
  await say(`GET ${PATH}/actions/runs/7/artifacts`, 200)
  assert.equal((await say(`GET ${PATH}/actions/artifacts/${artifact}/zip`, 200)).text, 'measured')

  github.organization('shop-org')
  await say('GET /users/shop-org', 200)
  for (const [account, kind] of [
    ['shop-org', 'orgs'],
    ['octocat', 'users'],
  ] as const) {
    for (const digest of ['sha256:a', 'sha256:b'])
      github.addPackageVersion(account, 'shop/web', { digest, tags: [digest.slice(-1)] })
    const versions = `/${kind}/${account}/packages/container/shop%2Fweb/versions`
    await say(`GET ${versions}?per_page=100&page=1`, 200)
    await say(`DELETE ${versions}/${github.packageVersions(account, 'shop/web')[0]?.id}`, 204)
    assert.deepEqual(
      github.packageVersions(account, 'shop/web').map(({ tags }) => tags),
      [['a']],
    )
  }

  assert.deepEqual(github.violations, [])
  const used = new Set(github.requests.map((request) => request.operation))
  assert.deepEqual(
    loadContract().operations.filter((operation) => !used.has(operation)),
    [],
  )
})

test('paths are served at the root as well as under /api/v3', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  const answer = await call(github, `GET ${github.url}${PATH}/pulls/1`)
  assert.equal(answer.status, 200)
  assert.equal(answer.get('number'), 1)
})

const outside: { name: string; route: string; body?: unknown; says: RegExp }[] = [
  { name: 'a path that GitHub does not have', route: `GET ${PATH}/previews`, says: /holds no GET/ },
  { name: 'a number that is none', route: `GET ${PATH}/pulls/one`, says: /holds no GET/ },
  {
    name: 'an unknown query parameter',
    route: `GET ${PATH}/pulls?status=open`,
    says: /"status" is not a permitted query parameter/,
  },
  { name: 'a query value outside its list', route: `GET ${PATH}/pulls?state=merged`, says: /query state/ },
  { name: 'a missing body property', route: `POST ${PATH}/issues/1/comments`, body: {}, says: /'body'/ },
  {
    name: 'an unknown body property',
    route: `POST ${PATH}/issues/1/comments`,
    body: { body: 'x', text: 'y' },
    says: /"text" is not/,
  },
  { name: 'a body where none is taken', route: `DELETE ${PATH}/issues/comments/1`, body: {}, says: /takes no body/ },
  { name: 'a value of the wrong type', route: `POST ${PATH}/issues/1/comments`, body: { body: 1 }, says: /must be string/ },
  {
    name: 'an unknown property deep inside',
    route: `POST ${PATH}/check-runs`,
    body: { name: 'x', head_sha: 'y', output: { title: 't', summary: 's', annotation: [] } },
    says: /"output\/annotation" is not/,
  },
]
for (const { name, route, body, says } of outside) {
  test(`${name} is refused with 422 and remembered as a violation`, async () => {
    await using github = await startGitHub()
    await withPullRequest(github)
    const answer = await call(github, route, { body })
    assert.equal(answer.status, 422)
    assert.match(String(answer.get('message')), says)
    assert.ok(Array.isArray(answer.get('errors')))
    assert.equal(github.violations.length, 1)
    assert.match(github.violations[0]?.errors.join() ?? '', says)
  })
}

test('a body that is not JSON is refused with 400', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  const answer = await call(github, `POST ${PATH}/issues/1/comments`, { body: '{"body": ' })
  assert.equal(answer.status, 400)
  assert.equal(answer.get('message'), 'Problems parsing JSON')
})

test('what is not there is 404', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  for (const path of [
    '/repos/acme/none',
    `${PATH}/pulls/9`,
    `${PATH}/issues/comments/1`,
    `${PATH}/deployments/1`,
    `${PATH}/git/ref/heads/no`,
  ]) {
    assert.equal((await call(github, `GET ${path}`)).status, 404, path)
  }
})

test('a comment of 65,536 characters is taken and one more is not', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  const route = `POST ${PATH}/issues/1/comments`
  assert.equal((await call(github, route, { body: { body: 'é'.repeat(65_536) } })).status, 201)
  const refused = await call(github, route, { body: { body: 'é'.repeat(65_537) } })
  assert.equal(refused.status, 422)
  assert.match(refused.text, /maximum is 65536 characters/)
})

test('250 comments are listed by following Link through pages of at most 100', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  for (let n = 0; n < 250; n++) github.comment(REPOSITORY, 1, 'octocat', `Comment ${n}`)
  const bodies: unknown[] = []
  const sizes: number[] = []
  for (let next: string | undefined = `${github.apiUrl}${PATH}/issues/1/comments?per_page=500`; next !== undefined; ) {
    const page = await call(github, `GET ${next}`)
    sizes.push(items(page).length)
    bodies.push(...items(page).map((comment) => comment.body))
    next = linkTo(page, 'next')
    if (next) assert.match(next, /\/api\/v3\/repositories\/\d+\/issues\/1\/comments\?/)
  }
  assert.deepEqual(sizes, [100, 100, 50])
  assert.deepEqual(
    bodies,
    Array.from({ length: 250 }, (_, n) => `Comment ${n}`),
  )
  assert.equal(items(await call(github, `GET ${PATH}/issues/1/comments`)).length, 30)
})

test('every answer says what is left of the hourly allowance', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  const remaining = async () => Number((await call(github, `GET ${PATH}`)).headers.get('x-ratelimit-remaining'))
  const before = await remaining()
  assert.equal(await remaining(), before - 1)
})

test('every request is recorded with who asked and what came of it', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  await call(github, `GET ${PATH}/pulls?per_page=5`, { token: 'person-token' })
  await call(github, `POST ${PATH}/issues/1/comments`, { body: { body: 'Hi' }, token: 'nobody' })
  const [first, second] = github.requests
  assert.deepEqual(first, {
    method: 'GET',
    path: `${PATH}/pulls`,
    query: { per_page: '5' },
    body: undefined,
    status: 200,
    login: 'octocat',
    operation: 'pulls/list',
    injected: undefined,
  })
  assert.equal(second?.status, 401)
  assert.equal(second?.login, undefined)
})

test('it starts in less than half a second', async () => {
  const start = performance.now()
  await using _github = await startGitHub()
  assert.ok(performance.now() - start < 500)
})
