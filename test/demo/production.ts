import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, namedId, UserError } from '@mayfly/core'
import { type ActionResult, runAction } from '../action.ts'
import { countLeft, type Left } from './remains.ts'
import { changed, expect, quietly, type Telling } from './telling.ts'

/** What the second act has shown. */
export interface Produced {
  /** `name@version`, those of the first release. */
  released: string[]
  /** Whether production runs the very digests that the pull request's preview ran. */
  sameBytes: boolean
  production: string
  /** What is left of staging and production. */
  left: Left
}

/** Release, staging, production, one release too many, and back. `tested`: digest by service, as the preview ran them. */
export async function tellProduction(telling: Telling, tested: ReadonlyMap<string, string>): Promise<Produced> {
  const { narrator } = telling
  const first = await narrator.step('released', 'The merge is released', () => release(telling))
  const released: string[] = JSON.parse(first.outputs.published ?? '[]')
  narrator.show(released.map((name) => `git tag ${name}, ${digestsOf(first).get(name.replace(/@.*/, ''))}`).join('\n'))
  const sameBytes = [...tested].every(([service, digest]) => digestsOf(first).get(service) === digest)
  assert.ok(sameBytes, 'what is released are the bytes that the preview ran')
  narrator.show('The same bytes as in the preview: nothing was built.\n')
  await narrator.step('staging', 'It goes to staging', () =>
    promote(telling, 'staging', { artifacts: first.outputs.artifacts ?? '', revision: first.outputs.revision ?? '' }),
  )
  const live = await narrator.step('production', 'Staging goes to production', () =>
    promote(telling, 'production', { from: 'staging' }),
  )
  const url = live.outputs.url ?? ''
  await expect(telling, `${url}/api/products`, /24\.50 €/)
  await narrator.step('mistake', 'A mistake goes live', () => makeMistake(telling, url))
  await narrator.step('rollback', 'One command takes it back', () => goBack(telling, url))
  await narrator.step('where', 'Where is the commit that was merged?', () => askWhere(telling, first.outputs.revision ?? ''))
  const left = await narrator.step('removed', 'Staging and production are removed', () => removeBoth(telling))
  return { released, sameBytes, production: url, left }
}

async function release(telling: Telling): Promise<ActionResult> {
  return act(telling, 'release', { registry: placeOf(telling), version: 'auto' })
}

async function promote(telling: Telling, environment: string, inputs: Record<string, string>): Promise<ActionResult> {
  const done = await act(telling, 'promote', { environment, domain: telling.domain, ...inputs })
  assert.equal(done.outputs.outcome, 'ready')
  await expect(telling, done.outputs.url ?? '', /<h1>Summer sale<\/h1>/)
  return done
}

async function makeMistake(telling: Telling, url: string): Promise<void> {
  const { github, repository, narrator } = telling
  const price = await changed('functions/api/price.ts', 'cents / 100', 'cents / 1')
  await github.commit(repository, { branch: 'main', files: price, message: 'feat: prices that are easier to read' })
  const next = await release(telling)
  narrator.show(`Released: ${JSON.parse(next.outputs.published ?? '[]').join(', ')}; the others are what they were.`)
  await promote(telling, 'production', { artifacts: next.outputs.artifacts ?? '', revision: next.outputs.revision ?? '' })
  await expect(telling, `${url}/api/products`, /4900\.00 €/)
}

async function goBack(telling: Telling, url: string): Promise<void> {
  await withClone(telling, async (folder) => {
    const said = await mayfly(telling, folder, 'rollback', 'production')
    telling.narrator.show(said)
    await expect(telling, `${url}/api/products`, /24\.50 €/)
    telling.narrator.show(await mayfly(telling, folder, 'history', 'production'))
  })
}

async function askWhere(telling: Telling, revision: string): Promise<void> {
  await withClone(telling, async (folder) => {
    const said = await mayfly(telling, folder, 'where', revision.slice(0, 10))
    telling.narrator.show(said)
    assert.match(said, /production/)
    assert.match(said, /staging/)
  })
}

async function removeBoth(telling: Telling): Promise<Left> {
  const { engine, preview, repository, narrator } = telling
  const left: Left = { containers: 0, networks: 0, volumes: 0, routes: 0, images: 0 }
  await withClone(telling, async (folder) => {
    for (const name of ['staging', 'production']) narrator.show(await mayfly(telling, folder, 'down', namedId(repository, name)))
  })
  for (const name of ['staging', 'production']) {
    const counted = await countLeft(engine, { ...preview, id: namedId(repository, name) })
    for (const kind of Object.keys(left) as (keyof Left)[]) left[kind] += counted[kind]
  }
  return left
}

/** Runs a built action on a push to main, as GitHub's runner would. */
async function act(telling: Telling, action: string, inputs: Record<string, string>): Promise<ActionResult> {
  const { github, repository, signal, narrator } = telling
  signal.throwIfAborted()
  const { directory } = github.git(repository)
  const { stdout } = await command(['git', '-C', directory, 'rev-parse', 'main'], { env: { PATH: process.env.PATH ?? '' } })
  const sha = stdout.trim()
  const event = { name: 'push', payload: { ref: 'refs/heads/main', after: sha } }
  const env = { GITHUB_SHA: sha, GITHUB_ACTOR: 'octocat' }
  const done = await runAction({ action, github, repository, event, inputs, env, signal, onLine: quietly(narrator) })
  if (done.code === 0) return done
  throw new UserError(`actions/${action} ended with ${done.code}:\n${done.errors.join('\n') || done.log.trim()}`)
}

/** As a person does it who has the repository at hand. */
async function withClone(telling: Telling, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-demo-'))
  try {
    const { cloneUrl } = telling.github.git(telling.repository)
    const env = { PATH: process.env.PATH ?? '', HOME: folder }
    const { code, stderr } = await command(['git', 'clone', '--quiet', cloneUrl, folder], { env })
    if (code !== 0) throw new UserError(`The repository cannot be cloned: ${stderr}`)
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function mayfly({ signal }: Telling, folder: string, ...args: string[]): Promise<string> {
  const program = join(import.meta.dirname, '..', '..', 'dist', 'cli.mjs')
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
  const { code, stdout, stderr } = await command([process.execPath, program, ...args], { cwd: folder, env, signal })
  if (code !== 0) throw new UserError(`mayfly ${args.join(' ')} ended with ${code}:\n${stderr}`)
  return `$ mayfly ${args.join(' ')}\n${stdout}`
}

function placeOf({ registry, repository }: Telling): string {
  return `${registry.host}/${repository}`
}

function digestsOf(done: ActionResult): Map<string, string> {
  const artifacts: { service: string; digest: string }[] = JSON.parse(done.outputs.artifacts ?? '[]')
  return new Map(artifacts.map(({ service, digest }) => [service, digest]))
}
