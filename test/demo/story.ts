import assert from 'node:assert/strict'
import { command, formatMilliseconds, LABEL, UserError } from '@mayfly/core'
import { observe } from '@mayfly/engine'
import { recordsOf } from '@mayfly/environment'
import { type ActionResult, runAction } from '../action.ts'
import type { PullRequestAction } from '../github/types.ts'
import { coverageOf, DATA_BRANCH, lookAtReport, measureMain, removeBase, testsFor, withTests } from './measured.ts'
import { plain } from './plain.ts'
import { type Produced, tellProduction } from './production.ts'
import { countLeft, type Left, total } from './remains.ts'
import { changed, expect, quietly, shop, type Telling } from './telling.ts'

export interface Figures {
  url: string
  /** From the first step to the last, and of each step. */
  milliseconds: Readonly<Record<string, number>>
  /** Services that the push replaced, and those that it left alone. */
  replaced: string[]
  unchanged: string[]
  /** What there was of the preview while it ran. */
  running: Left
  /** What is left of it; undefined where it was told to stay. */
  left: Left | undefined
  /** What came after the merge; undefined where the preview was told to stay. */
  produced: Produced | undefined
}

/**
 * Opened, pushed to, merged. Everything that is said was looked up, and what is not as promised ends the story.
 * @throws UserError or AssertionError for a promise that is not kept; the signal's reason where it was interrupted.
 */
export async function tellStory(telling: Telling): Promise<Figures> {
  const { narrator, engine, preview, keep } = telling
  const started = performance.now()
  const figures = (rest: Omit<Figures, 'milliseconds'>): Figures => ({
    ...rest,
    milliseconds: { ...narrator.milliseconds, total: Math.round(performance.now() - started) },
  })
  narrator.say("The life of one pull request: GitHub's part is played on loopback, everything else is the real thing.")
  await narrator.step('repository', 'A repository: a web page, an API function, a database', () => makeRepository(telling))
  if (!keep) {
    await narrator.step('base', 'The default branch is tested and measured: what a pull request is compared with', () =>
      measureMain(telling),
    )
  }
  const url = await narrator.step('opened', 'A pull request opens: "Summer sale"', () => open(telling))
  const push = await narrator.step('pushed', 'A commit is pushed: everything at half price', () => pushCommit(telling, url))
  // Who wants to look at it looks at a test that failed.
  if (!keep) await narrator.step('fixed', 'The test is told the new price', () => fix(telling, url))
  await removeBase(telling)
  const running = await countLeft(engine, preview)
  if (keep) {
    sayHowToLook(telling, url)
    return figures({ url, ...push, running, left: undefined, produced: undefined })
  }
  const tested = await digestsIn(telling)
  const left = await narrator.step('merged', 'The pull request is merged', () => merge(telling, url))
  const produced = await tellProduction(telling, tested)
  assert.equal(total(produced.left), 0, 'nothing of staging and production is left')
  const done = figures({ url, ...push, running, left, produced })
  narrator.say(`
Opened and tested in ${took(done, 'opened')}, updated and tested in ${took(done, 'pushed')}, gone in ${took(done, 'merged')}.
Released in ${took(done, 'released')}, in staging after ${took(done, 'staging')}, in production after ${took(done, 'production')}, taken back in ${took(done, 'rollback')}.`)
  return done
}

function took(figures: Figures, step: string): string {
  return formatMilliseconds(figures.milliseconds[step] ?? 0)
}

async function makeRepository({ github, repository, registry, narrator, signal }: Telling): Promise<void> {
  signal.throwIfAborted()
  const place = await github.createRepository(repository, { from: shop })
  narrator.show(`examples/shop as ${repository}, a bare git repository:\ngit clone ${place.cloneUrl}`)
  narrator.show(`A registry of its own, ${registry.host}, with Node's image in it for the function to start from.`)
  const base = await pushBase(registry.host, signal)
  const manifest = await changed('functions/api/package.json', '"mayfly": {', `"mayfly": {\n    "base": "${base}",`)
  await github.commit(repository, {
    branch: 'main',
    files: { ...manifest, ...(await withTests()) },
    message: 'Start the function from an image of our registry, and test the shop',
  })
}

/** On a machine that reaches a public registry this would not be needed; the demo asks nobody. */
async function pushBase(host: string, signal: AbortSignal): Promise<string> {
  const name = `${host}/base/node:24-slim`
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
  for (const args of [
    ['tag', 'node:24-slim', name],
    ['push', '--quiet', name],
    ['rmi', name],
  ]) {
    const { code, stderr } = await command(['docker', ...args], { env, signal })
    if (code !== 0) throw new UserError(`docker ${args.join(' ')}: ${stderr}`)
  }
  return name
}

async function open(telling: Telling): Promise<string> {
  const { github, repository, narrator, preview } = telling
  const page = await changed('web/public/index.html', '<h1>Shop</h1>', '<h1>Summer sale</h1>')
  await github.commit(repository, { branch: 'summer-sale', files: page, message: 'Announce the sale' })
  await github.openPullRequest({ repo: repository, head: 'summer-sale', title: 'Summer sale' })
  const done = await step(telling, 'opened', 'ready')
  const posted = github.requests.find((request) => request.operation === 'issues/create-comment')
  narrator.show(`\nThe comment that was there at once:\n\n${boxed(plain(String(Object(posted?.body).body)))}`)
  narrator.show(`and what it says now:\n\n${boxed(plain(comment(telling)))}`)
  const url = done.outputs.url ?? ''
  assert.equal(new URL(url).hostname.split('.')[0], preview.id)
  await expect(telling, url, /<h1>Summer sale<\/h1>/)
  await expect(telling, `${url}/api/products`, /49\.00 €/)
  return url
}

async function pushCommit(telling: Telling, url: string): Promise<Pick<Figures, 'replaced' | 'unchanged'>> {
  const { github, repository, narrator } = telling
  const before = await definitionsIn(telling)
  const price = await changed('functions/api/price.ts', 'cents / 100', 'cents / 200')
  await github.commit(repository, { branch: 'summer-sale', files: price, message: 'Half price' })
  await step(telling, 'synchronize', 'ready', 'a test fails')
  const now = await definitionsIn(telling)
  narrator.show(`\n${boxed(plain(comment(telling)))}`)
  await lookAtReport(telling, url, 'failure')
  await expect(telling, `${url}/api/products`, /24\.50 €/)
  const services = [...now.keys()].sort()
  const replaced = services.filter((service) => now.get(service) !== before.get(service))
  const unchanged = services.filter((service) => now.get(service) === before.get(service))
  narrator.show(`Replaced: ${replaced.join(', ')}. Not touched: ${unchanged.join(', ')}.`)
  assert.deepEqual(replaced, ['api'], 'the push replaces the function that it changed, and nothing else')
  return { replaced, unchanged }
}

async function fix(telling: Telling, url: string): Promise<void> {
  const { github, repository, narrator } = telling
  const files = { 'tests/shop.test.mjs': testsFor('24.50 €') }
  await github.commit(repository, { branch: 'summer-sale', files, message: 'The price of the sale' })
  const done = await step(telling, 'synchronize', 'ready')
  narrator.show(`${coverageOf(done)}.\n\n${boxed(plain(comment(telling)))}`)
  await lookAtReport(telling, url, 'success')
}

async function merge(telling: Telling, url: string): Promise<Left> {
  const { github, repository, narrator, engine, preview } = telling
  await github.mergePullRequest(repository, 1)
  await step(telling, 'closed', 'removed')
  narrator.show(`\n${boxed(plain(comment(telling)))}`)
  await expect(telling, url, /no preview here/, 404)
  const left = await countLeft(engine, preview)
  narrator.show(`Left of it, counted now: ${describe(left)}.`)
  assert.equal(total(left), 0, 'nothing of the preview is left')
  assert.deepEqual(github.violations, [], "every request is one that GitHub's description allows")
  return left
}

/** Runs the built action on the event as GitHub's runner would, and holds it to its outcome. */
async function step(
  telling: Telling,
  action: PullRequestAction,
  outcome: string,
  tests: 'all pass' | 'a test fails' = 'all pass',
): Promise<ActionResult> {
  const { github, repository, registry, narrator, domain, signal } = telling
  signal.throwIfAborted()
  const payload = await github.event(repository, 1, action)
  const done = await runAction({
    action: 'mayfly',
    github,
    repository,
    event: { name: 'pull_request', payload },
    inputs: {
      domain,
      ttl: '1d',
      registry: `${registry.host}/${repository}`,
      'data-branch': DATA_BRANCH,
      // Timed once, beside the base.
      latency: action === 'opened' ? '' : 'off',
    },
    onLine: quietly(narrator),
    signal,
  })
  if (done.code !== (tests === 'all pass' ? 0 : 1) || done.outputs.outcome !== outcome) {
    throw new UserError(`The action ended with ${done.code} and "${done.outputs.outcome ?? ''}" where "${outcome}" is promised:
${done.errors.join('\n') || done.log.trim()}`)
  }
  return done
}

/** By service, what its containers are made of: measuring starts them anew, a push that changed nothing leaves this as it is. */
async function definitionsIn({ engine, preview }: Telling): Promise<Map<string, string>> {
  const { containers } = await observe(engine, { owner: preview.owner, environment: preview.id })
  return new Map(
    containers.flatMap(({ labels }) =>
      labels[LABEL.role] === 'service' ? [[labels[LABEL.service] ?? '', labels[LABEL.config] ?? '']] : [],
    ),
  )
}

/** What the preview runs: digest by service, of what was built. */
async function digestsIn({ engine, preview }: Telling): Promise<Map<string, string>> {
  const [record] = recordsOf(await observe(engine, { owner: preview.owner, environment: preview.id }))
  // What tests the shop is no part of it: nothing of it is released.
  const built = (record?.record.placed ?? []).filter(({ service, revision }) => revision !== '' && service !== 'tests')
  return new Map(built.map(({ service, reference }) => [service, reference.replace(/^.*@/, '')]))
}

function comment({ github, repository }: Telling): string {
  const said = github.comments(repository, 1)
  assert.equal(said.length, 1, 'there is one comment, whatever happens')
  return said[0]?.body ?? ''
}

function boxed(text: string): string {
  return `${text
    .split('\n')
    .map((line) => `| ${line}`)
    .join('\n')}\n`
}

function describe(left: Left): string {
  return Object.entries(left)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
}

function sayHowToLook({ narrator }: Telling, url: string): void {
  const { host, port } = new URL(url)
  narrator.say(`
It keeps running:
   ${url}
   ${url}/api/products
From a shell, whatever its resolver knows of localhost:
   curl -H 'Host: ${host}' http://127.0.0.1:${port || 80}/api/products
What runs:
   docker ps --filter label=${LABEL.environment}=${host.split('.')[0]}
Take it away again (the next demo does so too):
   npm run demo -- --remove`)
}
