import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { claim, type Entry, listEntries } from '@mayfly/ledger'
import { digestOf, makePlace, type Place, watchedGit } from './place.ts'

/** The commands of a claim that wins: where is what, write the tag, push it. */
const COMMANDS = 3

test('a publisher that is killed before or after any of its commands is finished by the next run', async () => {
  await using place = await makePlace()
  for (let number = 1; number <= COMMANDS; number++) {
    for (const [when, around] of [
      ['before', `[ $n = ${number} ] && kill -9 $PPID; real`],
      ['after', `real "$@"; code=$?; [ $n = ${number} ] && kill -9 $PPID; exit $code; :`],
    ] as const) {
      const watched = await watchedGit(place, around)
      const entry = place.entry({ name: `${when}-${number}` })
      assert.equal(await publish(place, entry, { PATH: watched.path }), 'SIGKILL', entry.name)
      await finished(place, entry)
    }
  }
  const watched = await watchedGit(place)
  await publish(place, place.entry({ name: 'whole' }), { PATH: watched.path })
  assert.equal((await watched.calls()).length, COMMANDS)
})

for (const hook of ['pre-receive', 'update', 'post-receive']) {
  test(`a publisher that is killed with its push, at the server's ${hook}, is finished by the next run`, async () => {
    await using place = await makePlace()
    const group = join(place.directory, 'group')
    const script = join(place.remote, 'hooks', hook)
    await writeFile(script, `#!/bin/sh\n[ -s ${group} ] && g=$(cat ${group}) && : > ${group} && kill -9 -$g\nexit 0\n`, {
      mode: 0o755,
    })
    const entry = place.entry()
    assert.equal(await publish(place, entry, { PATH: process.env.PATH }, group), 'SIGKILL')
    await finished(place, entry)
  })
}

/** Whoever comes next, the version ends with one holder, which is whom everybody is told, and the remote is sound. */
async function finished(place: Place, entry: Entry): Promise<void> {
  const ledger = place.ledger()
  const [held] = await listEntries(ledger, entry.name)
  if (held !== undefined) {
    assert.deepEqual(held, entry)
    assert.deepEqual(await claim(ledger, { ...entry, digest: digestOf('e') }), { won: false, entry })
  }
  assert.deepEqual(await claim(ledger, entry), { won: true, entry })
  assert.deepEqual(await listEntries(ledger, entry.name), [entry])
  await place.git(place.remote, 'fsck', '--strict')
}

/** Runs a publisher in a process group of its own; resolves with the signal that ended it, or null. */
async function publish(
  place: Place,
  entry: Entry,
  env: Record<string, string | undefined>,
  group?: string,
): Promise<string | null> {
  const order = { directory: place.checkout, remote: `file://${place.remote}`, entries: [entry] }
  const script = join(import.meta.dirname, 'publisher.ts')
  const stdio = ['pipe', 'ignore', 'ignore'] as const
  const child = spawn(process.execPath, [script, JSON.stringify(order)], {
    env: { ...env, TMPDIR: place.directory },
    stdio: [...stdio],
    detached: true,
  })
  if (group !== undefined) await writeFile(group, String(child.pid))
  const ended = new Promise<string | null>((resolve) => child.on('close', (_code, signal) => resolve(signal)))
  child.stdin.end('go\n')
  return ended
}
