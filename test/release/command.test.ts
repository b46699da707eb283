import assert from 'node:assert/strict'
import { basename, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type CommandResult, command, LABEL, shortHash } from '@mayfly/core'
import { readManifest, writeManifest } from '@mayfly/registry'
import { type Built, startWorld, type World } from './traced.ts'

const ESCAPE = '\u001b'

describe('inspect, verify and where, as commands', () => {
  let world: World
  let one: Built
  let two: Built

  before(async () => {
    // What the command takes for the owner of a checkout whose remote is a folder.
    world = await startWorld((checkout) => ({ server: 'local', name: `local/${basename(checkout)}-${shortHash(checkout, 6)}` }))
    await world.place.git(world.place.checkout, 'remote', 'set-url', 'origin', `file://${world.place.remote}`)
    const first = await world.place.git(world.place.checkout, 'rev-parse', 'HEAD')
    one = await world.build('1.0.0', first, {
      [LABEL.runtime]: 'node24',
      hostile: `${ESCAPE}[31mred${ESCAPE}]0;title\u0007\u202e`,
    })
    two = await world.build('1.1.0', first)
    await world.release(one, '1.0.0', first)
    await world.release(two, '1.1.0', first)
    await world.deploy('production', one, { at: new Date('2026-10-01T12:03:00Z') })
  })

  after(() => world.close())

  it('print an artifact in words that cannot reach the terminal, and as JSON', async () => {
    const text = await run('inspect', 'web@1.0.0')
    assert.equal(text.code, 0, text.stderr)
    assert.match(text.stdout, /^web@1\.0\.0\nreleased {2,}at [0-9a-f]{40}, 2026-11-01 12:00 UTC\n/)
    assert.match(text.stdout, new RegExp(`\ndeploy as +${one.reference}\n`))
    assert.match(text.stdout, /\nruntime +node24\n/)
    assert.match(text.stdout, /hostile +red\n/)
    assert.match(text.stdout, /\nruns +web of \S+-production +on the local engine +created, since 2026-10-01 12:03 UTC/)
    assert.equal(text.stdout.includes(ESCAPE), false)
    const json = JSON.parse((await run('inspect', one.digest, '--json')).stdout)
    assert.deepEqual([json.digest, json.entry.version, json.running[0].service], [one.digest, '1.0.0', 'web'])
  })

  it('print where a commit and an artifact run', async () => {
    const commit = await run('where', 'HEAD')
    assert.equal(commit.code, 0, commit.stderr)
    assert.match(commit.stdout, /web@1\.0\.0 +sha256:[0-9a-f]{12} +released +at [0-9a-f]{7}\n {2}web of \S+-production/)
    assert.match(commit.stdout, /web@1\.1\.0 .*\n {2}runs nowhere that was looked at/)
    const json = JSON.parse((await run('where', 'web@1.0.0', '--json')).stdout)
    assert.equal(json.artifacts[0].running[0].since, '2026-10-01T12:03:00.000Z')
  })

  it('end with 1 where something drifted, until it is repaired', async () => {
    const clean = await run('verify')
    assert.equal(clean.code, 0, clean.stdout)
    const registry = world.tracing.registries(world.registry.host)
    const other = await readManifest(registry, 'acme/shop/web', two.digest)
    assert.ok(other)
    await writeManifest(registry, 'acme/shop/web', { mediaType: other.descriptor.mediaType, bytes: other.bytes }, '1.0.0')
    const drifted = await run('verify')
    assert.equal(drifted.code, 1)
    assert.match(drifted.stdout, /^tag-moved: tag web:1\.0\.0 of /)
    assert.match(drifted.stdout, new RegExp(`expected ${one.digest}\n  found    ${two.digest}\n`))
    assert.match(drifted.stdout, /1 drift\. Looked at 2 versions, 2 tags, no attachments and 1 environment\./)
    const repaired = await run('verify', '--repair')
    assert.equal(repaired.code, 0)
    assert.match(repaired.stdout, /^repaired: /)
    assert.equal((await run('verify')).code, 0)
  })

  it('name each host that does not answer; verify then does not end well', async () => {
    const hosts = ['--host', 'unix:///nowhere.sock', '--host', 'unix:///var/run/docker.sock']
    const found = await run('verify', ...hosts)
    assert.equal(found.code, 1)
    assert.match(found.stdout, /not checked: what runs on unix:\/\/\/nowhere\.sock: No engine answers/)
    assert.match(found.stdout, /No drifts\. .* 1 environment\./)
    assert.match((await run('where', 'web@1.0.0', ...hosts)).stdout, /on unix:\/\/\/var\/run\/docker\.sock/)
  })

  it('say what is missing in a sentence', async () => {
    const table: [string[], RegExp][] = [
      [['inspect'], /No artifact is named/],
      [['inspect', 'a@1.0.0', 'b@1.0.0'], /More than one/],
      [['where'], /Nothing says what to look for/],
      [['where', 'web@3.0.0'], /The ledger has 1\.0\.0, 1\.1\.0 of web/],
    ]
    for (const [args, expected] of table) {
      const { code, stderr } = await run(...args)
      assert.equal(code, 1)
      assert.match(stderr, expected)
      assert.doesNotMatch(stderr, /\n\s+at .*:\d+:\d+/)
    }
  })

  function run(...words: string[]): Promise<CommandResult> {
    const { PATH = '', HOME = '' } = process.env
    const program = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'mayfly.js')
    const argv = [process.execPath, program, ...words, '--directory', world.place.checkout] as const
    return command([...argv], { env: { PATH, HOME } })
  }
})
