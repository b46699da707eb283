import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Claim, type Entry, listEntries } from '@mayfly/ledger'
import { startGitHub } from '../github/server.ts'
import { makePlace, type Place } from './place.ts'

const PUBLISHERS = 8

test(
  'eight publishers race over 50 versions: each has one winner, and everybody else is told who',
  { timeout: 120_000 },
  async () => {
    await using place = await makePlace()
    const versions = Array.from({ length: 50 }, (_, index) => `1.${index}.0`)
    const answers = await race({ directory: place.checkout, remote: `file://${place.remote}` }, place, versions)
    await assertOneWinnerEach(place.ledger(), versions, answers)
  },
)

test('over HTTP too', { timeout: 120_000 }, async () => {
  await using place = await makePlace()
  await using github = await startGitHub()
  const { cloneUrl } = await github.createRepository('acme/raced')
  await place.git(place.checkout, 'push', '--quiet', github.git('acme/raced').directory, 'HEAD:race')
  const authorization = `Basic ${Buffer.from('x-access-token:workflow-token').toString('base64')}`
  const versions = ['1.0.0', '1.1.0-beta.1', '2.0.0']
  const answers = await race({ directory: place.checkout, remote: cloneUrl, authorization }, place, versions)
  await assertOneWinnerEach(place.ledger({ remote: cloneUrl, authorization }), versions, answers)
})

interface Answer {
  version: string
  publisher: number
  claim: Claim
}

async function race(where: Record<string, string>, place: Place, versions: readonly string[]): Promise<Answer[]> {
  const publishers = Array.from({ length: PUBLISHERS }, (_, publisher) => {
    const entries = versions.map((version) => place.entry({ version, digest: digestBy(publisher) }))
    return start({ ...where, entries })
  })
  await Promise.all(publishers.map((publisher) => publisher.ready))
  for (const { child } of publishers) child.stdin?.write('go\n')
  const claims = await Promise.all(publishers.map((publisher) => publisher.answers))
  return claims.flatMap((list, publisher) =>
    list.map((claim, index) => ({ version: versions[index] ?? '', publisher, claim: revive(claim) })),
  )
}

async function assertOneWinnerEach(ledger: Parameters<typeof listEntries>[0], versions: readonly string[], answers: Answer[]) {
  const kept = new Map((await listEntries(ledger)).map((entry) => [entry.version, entry]))
  assert.deepEqual([...kept.keys()].sort(), [...versions].sort())
  for (const version of versions) {
    const all = answers.filter((answer) => answer.version === version)
    assert.equal(all.length, PUBLISHERS)
    const winners = all.filter(({ claim }) => claim.won)
    assert.equal(winners.length, 1, version)
    assert.equal(kept.get(version)?.digest, digestBy(winners[0]?.publisher ?? -1))
    for (const { claim } of all) assert.deepEqual(claim.entry, kept.get(version))
  }
}

const digestBy = (publisher: number) => `sha256:${String(publisher).repeat(64)}`

function revive(claim: Claim): Claim {
  const entry: Entry = { ...claim.entry, pullRequest: claim.entry.pullRequest, createdAt: new Date(claim.entry.createdAt) }
  return { ...claim, entry }
}

function start(order: unknown): { child: ChildProcess; ready: Promise<void>; answers: Promise<Claim[]> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'publisher.ts'), JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let [output, errors] = ['', '']
  const answers = new Promise<Claim[]>((resolve, reject) => {
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(output.slice(output.indexOf('\n'))))
      else reject(new Error(`A publisher ended with ${code}: ${errors}`))
    })
  })
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.includes('ready\n')) resolve()
    })
    child.on('close', () => reject(new Error(`A publisher did not start: ${errors}`)))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  return { child, ready, answers }
}
