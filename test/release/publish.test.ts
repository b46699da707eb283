import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { silent } from '@mayfly/core'
import { openRegistry, type Registry, readManifest, writeManifest } from '@mayfly/registry'
import { startGitHub } from '../github/server.ts'
import { makePlace, type Place } from '../ledger/place.ts'
import { type RunningRegistry, startRegistry } from '../registry/registry.ts'

let running: RunningRegistry
let place: Place
let registry: Registry

before(async () => {
  running = await startRegistry()
  registry = openRegistry({ host: running.host, credentials: async () => undefined, log: silent })
  place = await makePlace()
})

after(async () => {
  await running.stop()
  await place[Symbol.asyncDispose]()
})

/** Runs a publisher to its end or, with `kill`, until it has said that many lines. Returns what it said. */
async function run(
  name: string,
  version: string,
  text: string,
  options: { kill?: number; remote?: string } = {},
): Promise<string[]> {
  const { remote = place.remote, kill } = options
  const revision = place.entry().revision
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'publisher.ts'), running.host, remote, place.checkout, name, version, text, revision],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = once(child, 'close')
  const lines: string[] = []
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line)
    if (lines.length === kill) child.kill('SIGKILL')
  })
  await ended
  return lines
}

const digestAt = async (name: string, tag: string) => (await readManifest(registry, `acme/shop/${name}`, tag))?.descriptor.digest
const tagged = (tag: string) => place.git(place.remote, 'cat-file', 'tag', `refs/tags/${tag}`)

describe('a version', () => {
  it('is published once; the same bytes again change nothing, and other bytes are refused with what differs', async () => {
    assert.equal((await run('web', '1.0.0', 'one')).at(-1), 'done: published, by the ledger')
    const digest = await digestAt('web', '1.0.0')
    assert.match(await tagged('web@1.0.0'), new RegExp(digest ?? 'none'))
    assert.equal((await run('web', '1.0.0', 'one')).at(-1), 'done: already published, by the ledger')
    const refused = (await run('web', '1.0.0', 'two')).at(-1) ?? ''
    assert.match(refused, /^refused: web@1\.0\.0 is already published with other bytes/)
    assert.match(refused, new RegExp(`published: ${digest}`))
    assert.match(refused, /label text: "one" → "two"/)
    assert.match(refused, /file app\/text.*content/)
    assert.match(refused, /Raise "version" in the package\.json of web/)
    assert.equal(await digestAt('web', '1.0.0'), digest)
  })

  it('whose tag somebody moved is put right by the ledger when it is published again', async () => {
    await run('moved', '1.0.0', 'right')
    const right = await digestAt('moved', '1.0.0')
    await run('moved', '1.0.1', 'wrong')
    const other = await readManifest(registry, 'acme/shop/moved', '1.0.1')
    assert.ok(other)
    await writeManifest(registry, 'acme/shop/moved', { mediaType: other.descriptor.mediaType, bytes: other.bytes }, '1.0.0')
    assert.equal((await run('moved', '1.0.0', 'right')).at(-1), 'done: published, by the ledger')
    assert.equal(await digestAt('moved', '1.0.0'), right)
  })

  it('with build metadata is a tag that registries take', async () => {
    assert.equal((await run('web', '2.0.0+linux.1', 'meta')).at(-1), 'done: published, by the ledger')
    assert.notEqual(await digestAt('web', '2.0.0_linux.1'), undefined)
  })

  it('that a publisher was killed over, at any step, is finished by the next', async () => {
    const steps = (await run('steps', '0.0.1', 'all')).length
    assert.ok(steps >= 3, `${steps} steps`)
    for (let kill = 1; kill < steps; kill++) {
      const version = `1.0.${kill}`
      const said = await run('steps', version, `text ${kill}`, { kill })
      assert.ok(said.length < steps || said.at(-1)?.startsWith('done') === true)
      assert.match(
        (await run('steps', version, `text ${kill}`)).at(-1) ?? '',
        /^done: (published|already published), by the ledger/,
      )
      assert.match(await tagged(`steps@${version}`), new RegExp((await digestAt('steps', version)) ?? 'none'))
    }
  })

  it('that a publisher was killed over is held against another with other bytes, once it is claimed', async () => {
    const said = await run('claimed', '1.0.0', 'first', { kill: 2 })
    assert.match(said.at(1) ?? '', /claimed/)
    assert.match((await run('claimed', '1.0.0', 'second')).at(-1) ?? '', /^refused: /)
    assert.equal((await run('claimed', '1.0.0', 'first')).at(-1)?.startsWith('done'), true)
  })

  it('has one winner among those who race for it, whose bytes the tag names in the end', async () => {
    for (const round of [1, 2, 3]) {
      const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map((text) => run('race', `1.0.${round}`, `${text} ${round}`)))
      const ends = outcomes.map((lines) => lines.at(-1) ?? '')
      assert.equal(ends.filter((end) => end.startsWith('done: published')).length, 1, ends.join('\n'))
      assert.equal(ends.filter((end) => end.startsWith('refused: ')).length, 3, ends.join('\n'))
      assert.match(await tagged(`race@1.0.${round}`), new RegExp((await digestAt('race', `1.0.${round}`)) ?? 'none'))
    }
  })

  it('without a ledger is published as best effort, which is said, and other bytes are refused all the same', async () => {
    assert.equal(
      (await run('weak', '1.0.0', 'one', { remote: '' })).at(-1),
      'done: published, best effort: by the registry alone',
    )
    assert.match((await run('weak', '1.0.0', 'two', { remote: '' })).at(-1) ?? '', /^refused: /)
    assert.match((await run('weak', '1.0.0', 'one', { remote: '' })).at(-1) ?? '', /already published, best effort/)
  })

  it('where git may not be written to is best effort, in words', async () => {
    const github = await startGitHub()
    try {
      await github.createRepository('acme/shop')
      const said = await run('denied', '1.0.0', 'one', { remote: `${github.url}/acme/shop.git` })
      assert.match(said.join('\n'), /contents: write.*\n.*this is best effort/)
      assert.equal(said.at(-1), 'done: published, best effort: by the registry alone')
    } finally {
      await github.close()
    }
  })

  it('that git refuses for another reason than the permission is not published at all', async () => {
    const hook = join(place.remote, 'hooks', 'pre-receive')
    await writeFile(hook, '#!/bin/sh\necho "tags are protected" >&2\nexit 1\n', { mode: 0o755 })
    try {
      assert.match((await run('ruled', '1.0.0', 'one')).at(-1) ?? '', /^refused: .*tags are protected/)
      assert.equal(await digestAt('ruled', '1.0.0'), undefined)
    } finally {
      await rm(hook)
    }
  })
})
