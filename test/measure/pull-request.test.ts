import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command, type Measurement, namedId, silent } from '@mayfly/core'
import { connectEngine, type Engine, observe } from '@mayfly/engine'
import { ownerOf, removeEnvironment } from '@mayfly/environment'
import { readMeasurement } from '@mayfly/measure'
import { type ActionResult, runAction } from '../action.ts'
import { type ActionsService, startActionsService } from '../actions-service/server.ts'
import { startGitHub } from '../github/server.ts'
import type { GitHub } from '../github/types.ts'
import { visit } from '../visit.ts'

const EXAMPLE = join(import.meta.dirname, '..', '..', 'examples', 'two-languages')
const DOMAIN = 'localhost:18093'

/** What the change adds: a price that nobody asks for, in a file that is measured. */
const PRICE = `const PRICES: Record<string, number> = { apple: 100, pear: 120, plum: 80 }

/** In cents; what is scarce costs a fifth more, and what is gone nothing. */
export function priceOf(item: string, count: number): number {
  const price = PRICES[item] ?? 500
  if (count === 0) {
    return 0
  }
  if (count < 3) {
    return Math.round(price * 1.2)
  }
  return price
}
`

/** Runs beside the workspace's own tests, on the runner, through the preview's front door. */
const RUN = 'node --test --test-reporter=junit --test-reporter-destination=junit.xml outside.test.mjs'
const outside = (price: number) => `import assert from 'node:assert/strict'
import { request } from 'node:http'
import test from 'node:test'
const ask = (path) => new Promise((resolve, reject) => {
  const url = new URL(process.env.MAYFLY_URL)
  request({ host: '127.0.0.1', port: url.port, path, headers: { host: url.host } }, (answer) => {
    let text = ''
    answer.on('data', (part) => { text += part }).on('end', () => resolve(text))
  }).on('error', reject).end()
})
test('a visitor sees the apple', async () => {
  assert.equal(JSON.parse(await ask('/items/apple')).price, ${price})
})
test('a visitor asks for a melon', async () => {
  assert.match(await ask('/items/melon'), /There is no melon/)
})
`

/** A test command of somebody who means no good. */
const HOSTILE = `printf '<testsuite><testcase name="cut' > broken.xml
mkdir -p shots && printf 'a picture' > shots/cart.png
cat > named.xml <<'XML'
<testsuite><testcase classname="a" name="&lt;img src=x onerror=alert(1)&gt; @everyone | \`code\` &lt;!-- --&gt;"><failure message="[x](http://evil.example)">x</failure>
<system-out>[[ATTACHMENT|../../../../../../../../etc/passwd]]
[[ATTACHMENT|shots/cart.png]]</system-out></testcase></testsuite>
XML
printf 'SF:../../../../etc/passwd\\nDA:1,1\\nend_of_record\\nSF:/etc/passwd\\nDA:1,1\\nend_of_record\\n' > cover.info
echo '::add-mask::hidden'
echo '::stop-commands::token'
`

describe('a pull request is measured while it runs', () => {
  let github: GitHub
  let service: ActionsService
  let engine: Engine
  let folder: string
  const repository = `acme/measured${process.pid}`
  const id = `acme-measured${process.pid}-pr-1`
  const owner = () => ownerOf(new URL(github.url.replace('127.0.0.1', 'github.localhost')).host, repository)

  before(async () => {
    engine = await connectEngine({ host: undefined }, process.env)
    github = await startGitHub()
    service = await startActionsService(github)
    github.addToken('reader', {
      login: 'github-actions[bot]',
      type: 'Bot',
      permissions: { contents: 'read', pull_requests: 'read', actions: 'read' },
    })
    folder = await mkdtemp(join(tmpdir(), 'mayfly-measured-'))
    await github.createRepository(repository, { from: EXAMPLE })
  })
  after(async () => {
    for (const name of [id, namedId(repository, 'mayfly-measure'), namedId(repository, 'mayfly-base-of-1')]) {
      await removeEnvironment(engine, owner(), name, silent)
    }
    await service.close()
    await engine.close()
    await github.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** A checkout of a branch, as actions/checkout with the head's ref leaves it. */
  async function checkout(branch: string): Promise<string> {
    const place = await mkdtemp(join(folder, 'workspace-'))
    const done = await command(
      ['git', 'clone', '--quiet', '--depth=1', `--branch=${branch}`, github.git(repository).cloneUrl, place],
      {
        env: { PATH: process.env.PATH ?? '', HOME: folder },
      },
    )
    assert.equal(done.code, 0, done.stderr)
    return place
  }

  interface Run {
    done: ActionResult
    measurement: Measurement
    page: string
  }

  async function measure(run: { branch: string; runId: string; token?: string; inputs?: Record<string, string> }): Promise<Run> {
    const workspace = await checkout(run.branch)
    // A cache is found by the path that it was saved from: the same one on every runner.
    const temp = join(folder, 'temp')
    const push = run.branch === 'main'
    const sha = (
      await command(['git', '-C', workspace, 'rev-parse', 'HEAD'], { env: { PATH: process.env.PATH ?? '' } })
    ).stdout.trim()
    const scope = { repository, runId: run.runId, ref: push ? 'refs/heads/main' : 'refs/pull/1/merge', sha }
    const done = await runAction({
      action: 'test',
      github,
      repository,
      workspace,
      temp,
      ...(run.token === undefined ? {} : { token: run.token }),
      event: push
        ? { name: 'push', payload: { repository: { default_branch: 'main' } } }
        : { name: 'pull_request', payload: await github.event(repository, 1, 'synchronize') },
      env: {
        ...service.environment(scope),
        GITHUB_RUN_ID: run.runId,
        GITHUB_RUN_ATTEMPT: '1',
        GITHUB_SHA: sha,
        GITHUB_REF: push ? 'refs/heads/main' : 'refs/pull/1/merge',
      },
      inputs: { domain: DOMAIN, latency: 'GET /items/apple', ...run.inputs },
    })
    const file = (name: string) => readFile(join(temp, 'mayfly-report', name), 'utf8')
    return { done, measurement: readMeasurement(await file('measurement.json')), page: await file('report.html') }
  }

  async function preview(): Promise<void> {
    const payload = await github.event(repository, 1, 'synchronize')
    const done = await runAction({
      action: 'preview',
      github,
      repository,
      event: { name: 'pull_request', payload },
      env: { GITHUB_SERVER_URL: github.url.replace('127.0.0.1', 'github.localhost') },
      inputs: { domain: DOMAIN },
    })
    assert.equal(done.code, 0, done.log)
  }

  const covered = (measurement: Measurement, path: string) => measurement.coverage?.files.find((file) => file.path === path)

  it('a push to the default branch is measured in an environment of its own, which is gone afterwards', async () => {
    const { done, measurement } = await measure({ branch: 'main', runId: '100' })
    assert.equal(done.code, 0, done.log)
    assert.deepEqual([measurement.tests?.total, measurement.tests?.passed], [3, 3])
    assert.deepEqual(
      measurement.services.map(({ name, coverage }) => [name, coverage]),
      [
        ['shop', 'measured'],
        ['stock', 'measured'],
      ],
    )
    assert.deepEqual(covered(measurement, 'shop/price.ts')?.lines, { covered: 5, total: 5 })
    assert.equal(measurement.base.kind, 'none')
    const left = await observe(engine, { owner: owner() })
    assert.equal(left.containers.length + left.networks.length + left.volumes.length, 0)
    assert.equal(measurement.environment, namedId(repository, 'mayfly-measure'))
  })

  it('a pull request is compared with its merge base: failing test, patch coverage, who reached what', async () => {
    await github.commit(repository, { branch: 'change', files: { 'shop/price.ts': PRICE, 'outside.test.mjs': outside(99) } })
    await github.openPullRequest({ repo: repository, head: 'change', title: 'What is gone costs nothing' })
    await preview()
    const { done, measurement, page } = await measure({ branch: 'change', runId: '101', inputs: { run: RUN, profile: 'cpu' } })
    assert.equal(done.code, 1, done.log)
    assert.match(done.errors.join('\n'), /1 of 5 tests failed/)
    const { tests, coverage, base, latency } = measurement
    assert.equal(base.kind === 'found' && base.distance, 0)
    assert.equal(base.kind === 'found' && base.from, 'cache')
    assert.deepEqual([tests?.total, tests?.failed, tests?.added.length], [5, 1, 2])
    assert.match(tests?.failures[0]?.id ?? '', /a visitor sees the apple/)
    assert.ok(tests?.failures[0]?.logs.some(({ service, lines }) => service === 'stock' && /GET \/stock\/apple/.test(lines)))
    // `if (count === 0)` ran, `return 0` did not.
    assert.deepEqual(covered(measurement, 'shop/price.ts')?.patch, { lines: { covered: 1, total: 2 }, missed: [[7, 7]] })
    assert.deepEqual(coverage?.patch.lines, { covered: 1, total: 2 })
    assert.deepEqual(coverage?.sources.map(({ name, format }) => [name, format]).sort(), [
      ['shop', 'v8'],
      ['stock', 'cobertura'],
    ])
    assert.ok((covered(measurement, 'stock/counts.py')?.lines.covered ?? 0) >= 4)
    assert.equal(latency?.compared, 'same run')
    assert.equal(latency?.routes[0]?.samples, 200)
    assert.ok((latency?.services.find(({ service }) => service === 'shop')?.healthy ?? 0) > 0)
    assert.ok(measurement.profiles.some(({ service, kind, total }) => service === 'shop' && kind === 'cpu' && total > 0))
    assert.match(page, /a visitor sees the apple/)
  })

  it('says it in one comment, in a check on the head commit, in the summary, and on a page beside the preview', async () => {
    const [comment, ...more] = github.comments(repository, 1)
    assert.equal(more.length, 0)
    assert.match(comment?.body ?? '', /❌ 1 of 5 tests failed · patch coverage 50\.0 %/)
    assert.match(comment?.body ?? '', /shop\/price\.ts/)
    const { head } = await github.pullRequest(repository, 1)
    const checks = github.checks(repository)
    assert.deepEqual(
      checks.map(({ sha, status, conclusion }) => [sha, status, conclusion]),
      [[head, 'completed', 'failure']],
    )
    assert.ok(checks[0]?.annotations.some(({ path, start_line: line }) => path === 'shop/price.ts' && line === 7))
    const shown = await visit(`http://${id}.${DOMAIN}/.mayfly/report.html`)
    assert.equal(shown.status, 200)
    assert.match(shown.body, /What|measured|shop\/price\.ts/)
  })

  it('leaves the preview as it was: no hook, no volume, the same answers', async () => {
    const { containers, volumes } = await observe(engine, { environment: id })
    assert.deepEqual(containers.map(({ labels }) => labels['dev.mayfly.service']).sort(), ['shop', 'stock'])
    assert.deepEqual(
      volumes.map(({ labels }) => labels['dev.mayfly.role']),
      ['record'],
    )
    for (const { id: container } of containers) {
      const shown = await command(['docker', 'inspect', '--format', '{{json .Config.Env}}{{json .Mounts}}', container], {
        env: { PATH: process.env.PATH ?? '' },
      })
      assert.doesNotMatch(shown.stdout, /mayfly\/hook|MAYFLY_MEASURE|mayfly-measure/)
    }
    assert.match((await visit(`http://${id}.${DOMAIN}/items/pear`)).body, /"price":144/)
  })

  it('the next push that repairs it turns the same comment green, with a check of its own', async () => {
    await github.commit(repository, { branch: 'change', files: { 'outside.test.mjs': outside(100) } })
    await preview()
    const { done } = await measure({ branch: 'change', runId: '102', inputs: { run: RUN } })
    assert.equal(done.code, 0, done.log)
    assert.equal(done.outputs.passed, 'true')
    const [comment, ...more] = github.comments(repository, 1)
    assert.equal(more.length, 0)
    assert.match(comment?.body ?? '', /✅ 5 tests passed/)
    assert.deepEqual(
      github.checks(repository).map(({ conclusion }) => conclusion),
      ['failure', 'success'],
    )
  })

  it('a run without permissions measures all the same and says which lines to add; a later job tells it', async () => {
    await github.commit(repository, { branch: 'change', files: { 'note.txt': 'another head' } })
    await preview()
    const before = github.comments(repository, 1)[0]?.body
    const { done, measurement } = await measure({ branch: 'change', runId: '103', token: 'reader', inputs: { run: RUN } })
    assert.equal(done.code, 0, done.log)
    assert.match(done.log, /pull-requests: write/)
    assert.match(done.log, /checks: write/)
    assert.equal(github.comments(repository, 1)[0]?.body, before)
    const payload = await github.workflowRunEvent(repository, { run: 103, headBranch: 'change' })
    const published = await runAction({ action: 'publish', github, repository, event: { name: 'workflow_run', payload } })
    assert.equal(published.code, 0, published.log)
    assert.deepEqual([published.outputs.outcome, published.outputs['pull-request']], ['published', '1'])
    assert.match(github.comments(repository, 1)[0]?.body ?? '', /✅ 5 tests passed/)
    assert.equal(github.checks(repository).at(-1)?.sha, measurement.revision)
    assert.deepEqual(github.violations, [])
  })

  it('what tests write can be anything: a broken report is a failed test, names are text, and no path leads out', async () => {
    await github.commit(repository, { branch: 'change', files: { 'hostile.sh': HOSTILE } })
    await preview()
    const inputs = { run: 'sh hostile.sh', results: '*.xml', 'coverage-files': '*.info', latency: 'off' }
    const { done, measurement } = await measure({ branch: 'change', runId: '104', inputs })
    assert.equal(done.code, 1, done.log)
    const failures = measurement.tests?.failures ?? []
    assert.match(failures.find(({ id }) => id === 'report broken.xml')?.message ?? '', /broken\.xml/)
    const named = failures.find(({ id }) => id.includes('<img'))
    // A picture of the run opens with one click; what lies elsewhere on this machine does not.
    const [outside, picture] = named?.attachments ?? []
    assert.equal(outside?.url, undefined)
    assert.match(picture?.url ?? '', /\/actions\/runs\/104\/artifacts\/\d+$/)
    assert.ok(github.artifacts(repository).some(({ bytes }) => String(bytes) === 'a picture'))
    assert.ok(!github.artifacts(repository).some(({ bytes }) => bytes.includes('root:')), 'no file of this machine is uploaded')
    const body = github.comments(repository, 1)[0]?.body ?? ''
    for (const text of [body, done.summary]) {
      assert.doesNotMatch(text, /<img|(?<!\u200b)@everyone\b/)
      assert.match(text, /report broken\.xml/)
    }
    assert.deepEqual(
      measurement.coverage?.files.map(({ path }) => path).filter((path) => /passwd|\.\./.test(path)),
      [],
    )
    assert.match(done.log, /::stop-commands|##\[|token/, 'the log is what the command printed')
    assert.doesNotMatch(done.log, /^::add-mask::hidden$/m)
  })

  const refusals: [inputs: Record<string, string>, said: RegExp][] = [
    [{ gates: 'patch-coverage > 80%' }, /Line 1 of The input gates|gates/],
    [{ latency: 'POST /items' }, /The input latency holds "POST \/items", which is no route/],
    [{ 'working-directory': '../..' }, /working-directory is "\.\.\/\.\.", which is no folder of the workspace/],
    [{ profile: 'gpu' }, /The input profile holds "gpu"/],
    [{ 'data-branch': '--upload-pack=x' }, /data-branch is "--upload-pack=x", which is no name of a branch/],
    [{ results: '../*.xml', run: 'true' }, /leads out/],
  ]
  for (const [inputs, said] of refusals) {
    it(`refuses ${JSON.stringify(inputs)} and says what to write, with the preview as it was`, async () => {
      const { containers: before } = await observe(engine, { environment: id })
      const done = await refused(inputs)
      assert.equal(done.code, 1)
      assert.match(done.errors.join('\n'), said)
      const { containers } = await observe(engine, { environment: id })
      assert.deepEqual(containers.map((container) => container.id).sort(), before.map((container) => container.id).sort())
    })
  }

  it('tests no preview that runs another commit', async () => {
    await github.commit(repository, { branch: 'change', files: { 'note.txt': 'pushed and not deployed' } })
    const done = await refused({ run: 'true' })
    assert.match(done.errors.join(), /runs [0-9a-f]{7}, and the head is [0-9a-f]{7} by now/)
  })

  async function refused(inputs: Record<string, string>): Promise<ActionResult> {
    const payload = await github.event(repository, 1, 'synchronize')
    return runAction({
      action: 'test',
      github,
      repository,
      workspace: await checkout('change'),
      event: { name: 'pull_request', payload },
      env: { GITHUB_SERVER_URL: github.url.replace('127.0.0.1', 'github.localhost') },
      inputs: { domain: DOMAIN, ...inputs },
    })
  }
})
