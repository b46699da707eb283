import assert from 'node:assert/strict'
import test from 'node:test'
import { type CheckAnnotation, type CheckRun, publishCheck } from './check.ts'
import { PermissionError } from './errors.ts'
import { connect, REPOSITORY, startWithPullRequest } from './stand-in.ts'

const annotations = (count: number): CheckAnnotation[] =>
  Array.from({ length: count }, (_, index) => ({
    path: 'a.txt',
    startLine: index + 1,
    endLine: index + 1,
    level: 'warning',
    title: 'Not covered',
    message: `Line ${index + 1} was not reached`,
  }))

const check = (headSha: string, change: Partial<CheckRun> = {}): CheckRun => ({
  name: 'Mayfly',
  headSha,
  externalId: 'acme-shop-pr-1/7/1',
  detailsUrl: 'https://github.example.test/acme/shop/actions/runs/7',
  title: '1 of 3 tests failed',
  summary: 'What was measured.',
  text: 'More of it.',
  conclusion: 'failure',
  annotations: [],
  ...change,
})

type Server = Awaited<ReturnType<typeof startWithPullRequest>>['server']
const linesOf = (server: Server) => server.checks(REPOSITORY).map((run) => run.annotations.map(({ start_line: line }) => line))
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

test('a check stands on the commit that was measured, completed, with what it says', async () => {
  const { server, head } = await startWithPullRequest()
  await using _ = server
  await publishCheck(connect(server), check(head, { annotations: annotations(1) }))
  const [run, ...more] = server.checks(REPOSITORY)
  assert.equal(more.length, 0)
  assert.deepEqual(
    [run?.name, run?.sha, run?.status, run?.conclusion, run?.title, run?.summary, run?.text],
    ['Mayfly', head, 'completed', 'failure', '1 of 3 tests failed', 'What was measured.', 'More of it.'],
  )
  assert.deepEqual(run?.annotations, [
    {
      path: 'a.txt',
      start_line: 1,
      end_line: 1,
      annotation_level: 'warning',
      title: 'Not covered',
      message: 'Line 1 was not reached',
    },
  ])
  assert.deepEqual(server.violations, [])
})

for (const count of [0, 49, 50, 51, 100, 120]) {
  test(`${count} annotations are all there, each once and in order, in requests that GitHub takes`, async () => {
    const { server, head } = await startWithPullRequest()
    await using _ = server
    await publishCheck(connect(server), check(head, { annotations: annotations(count) }))
    assert.deepEqual(linesOf(server), [upTo(count)])
    const writes = server.requests.filter(({ method }) => method !== 'GET')
    assert.equal(writes.length, Math.max(1, Math.ceil(count / 50)))
    assert.deepEqual(server.violations, [])
  })
}

test('the same run publishes again: one check, no annotation twice, the newest words', async () => {
  const { server, head } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  await publishCheck(github, check(head, { annotations: annotations(70) }))
  await publishCheck(github, check(head, { annotations: annotations(70), conclusion: 'success', title: 'All well' }))
  assert.deepEqual(linesOf(server), [upTo(70)])
  const [run] = server.checks(REPOSITORY)
  assert.deepEqual([run?.conclusion, run?.title], ['success', 'All well'])
})

test('another attempt has a check of its own: GitHub never takes annotations back, and shows the newest of a name', async () => {
  const { server, head } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  await publishCheck(github, check(head, { annotations: annotations(3) }))
  await publishCheck(github, check(head, { externalId: 'acme-shop-pr-1/7/2', conclusion: 'success' }))
  assert.deepEqual(linesOf(server), [upTo(3), []])
})

test('checks of other names and on other commits are left alone', async () => {
  const { server, head } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  await publishCheck(github, check(head, { name: 'Other' }))
  const next = await server.commit(REPOSITORY, { branch: 'feature/x', files: { 'a.txt': 'two\n' } })
  await publishCheck(github, check(next))
  await publishCheck(github, check(head))
  assert.deepEqual(
    server.checks(REPOSITORY).map(({ name, sha }) => [name, sha]),
    [
      ['Other', head],
      ['Mayfly', next],
      ['Mayfly', head],
    ],
  )
})

test('a run that was killed between two batches is completed by the next', async () => {
  const { server, head } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  const fault = server.inject({ response: 'status 403', method: 'PATCH', skip: 1 })
  await assert.rejects(publishCheck(github, check(head, { annotations: annotations(120) })), PermissionError)
  assert.deepEqual(linesOf(server), [upTo(100)])
  fault.remove()
  await publishCheck(github, check(head, { annotations: annotations(120) }))
  assert.deepEqual(linesOf(server), [upTo(120)])
})

for (const method of ['POST', 'PATCH']) {
  for (const response of ['reset', 'status 502', 'garbage'] as const) {
    for (const applied of [true, false]) {
      const state = applied ? 'took effect' : 'had no effect'
      test(`a ${method} answered with ${response} that ${state} leaves one check with each annotation once`, async () => {
        const { server, head } = await startWithPullRequest()
        await using _ = server
        server.inject({ response, method, path: /\/check-runs/, applied })
        await publishCheck(connect(server), check(head, { annotations: annotations(120) }))
        assert.deepEqual(linesOf(server), [upTo(120)])
      })
    }
  }
}

test('without the permission the line to add is named', async () => {
  const weak = { login: 'github-actions[bot]', type: 'Bot', permissions: { checks: 'read' } } as const
  const { server, head } = await startWithPullRequest({ tokens: { weak } })
  await using _ = server
  await assert.rejects(publishCheck(connect(server, { token: 'weak' }), check(head)), (error) => {
    assert.ok(error instanceof PermissionError)
    assert.match(error.cure ?? '', /permissions:\n {2}checks: write$/)
    return true
  })
})
