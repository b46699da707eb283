import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { claim, listEntries, readEntry } from '@mayfly/ledger'
import { makePlace, type Place } from './place.ts'

describe('a tag that somebody else wrote', () => {
  let place: Place
  let object: string
  before(async () => {
    place = await makePlace()
    await claim(place.ledger(), place.entry())
    object = `${await place.git(place.remote, 'cat-file', 'tag', 'web@1.0.0')}\n`
  })
  after(() => place[Symbol.asyncDispose]())

  const under = (version: string, text = object) => text.replaceAll('1.0.0', version)

  it("by hand, plain or with a message of any kind, is not Mayfly's: passed over in lists, named by a claim", async () => {
    await using own = await makePlace()
    await claim(own.ledger(), own.entry())
    await own.git(own.remote, 'tag', 'web@2.0.0', 'main')
    const head = `object ${own.entry().revision}\ntype commit\ntag web@2.0.1\ntagger A <a@b> 0 +0000\n\n`
    await own.plant('web@2.0.1', `${head}Our release\n`)
    await own.plant('web@2.0.2', `${head}${'x'.repeat(100_000)}\n{"mayfly":1}\n`)
    await own.plant(
      'web@2.0.3',
      Buffer.concat([Buffer.from(head), Buffer.from([0xff, 0xfe, 0xe4, 0x0a]), Buffer.from(`${own.entry().revision} tag 10\n`)]),
    )
    await own.plant('web@2.0.4', `${head}`)
    await own.git(own.remote, 'tag', 'v1', 'main')
    await own.git(own.remote, 'tag', 'web@not-a-version', 'main')
    assert.deepEqual(await listEntries(own.ledger()), [own.entry()])
    for (const version of ['2.0.0', '2.0.1', '2.0.2', '2.0.3', '2.0.4']) {
      const expected = { reason: 'taken', message: new RegExp(`^The git tag web@${version} exists and is not Mayfly's: `) }
      await assert.rejects(claim(own.ledger(), own.entry({ version })), expected)
      await assert.rejects(readEntry(own.ledger(), 'web', version), expected)
    }
  })

  const forgeries: [string, (version: string) => string][] = [
    ['was moved here from another version', () => object],
    ['has another digest in its JSON alone', (version) => under(version).replace(/"digest":"sha256:a/, '"digest":"sha256:c')],
    ['has a digest that is none', (version) => under(version).replaceAll(/sha256:a+/g, 'sha256:abc')],
    ['has a field too many', (version) => under(version).replace('"mayfly":1,', '"mayfly":1,"extra":true,')],
    ['has a field twice', (version) => under(version).replace('"mayfly":1,', '"mayfly":1,"name":"web",')],
    [
      'has a field of the wrong shape',
      (version) =>
        under(version)
          .replace('"key":"', '"key":["')
          .replace(/("key":\["k+")/, '$1]'),
    ],
    ['has a prototype', (version) => under(version).replace('"mayfly":1,', '"mayfly":1,"__proto__":{"pullRequest":1},')],
    ['points at another commit than it says', (version) => under(version).replace(/"revision":"./, '"revision":"x')],
    ['has the time of another', (version) => under(version).replace('2026-11-01T12:00:00Z', '2026-11-01T12:00:01Z')],
    ['has another author', (version) => under(version).replace('tagger Mayfly', 'tagger Somebody')],
    ['goes on after its end', (version) => `${under(version)}more\n`],
    ['is no JSON', (version) => under(version).replace('{"mayfly":1,', '{"mayfly":')],
    ['was cut short', (version) => under(version).slice(0, -20)],
    ['has a pull request of nought', (version) => under(version).replace('"pullRequest":null', '"pullRequest":0')],
  ]
  for (const [index, [what, forge]] of forgeries.entries()) {
    it(`and ${what} is refused by its name`, async () => {
      const version = `3.0.${index}`
      await place.plant(`web@${version}`, forge(version))
      const expected = { reason: 'damaged', message: new RegExp(`^The git tag web@${version.replaceAll('.', '\\.')} `) }
      await assert.rejects(readEntry(place.ledger(), 'web', version), expected)
      // All three ask the same reader.
      if (index < 3) await assert.rejects(claim(place.ledger(), place.entry({ version })), expected)
      if (index < 3) await assert.rejects(listEntries(place.ledger(), 'web'), expected)
      await place.git(place.remote, 'tag', '--delete', `web@${version}`)
    })
  }

  it('by a newer Mayfly is not guessed at', async () => {
    await place.plant('newer@4.0.0', under('4.0.0').replaceAll('web@', 'newer@').replace('"mayfly":1,', '"mayfly":2,'))
    await assert.rejects(readEntry(place.ledger(), 'newer', '4.0.0'), /format 2, which only a newer Mayfly can read/)
  })

  it('does not spoil the reading of its neighbours', async () => {
    await place.plant(
      'other@1.0.0',
      Buffer.concat([Buffer.from(object.slice(0, object.indexOf('\n\n') + 2)), Buffer.alloc(9000, 0xe4)]),
    )
    assert.deepEqual(await listEntries(place.ledger(), 'web'), [place.entry()])
    assert.deepEqual(await readEntry(place.ledger(), 'web', '1.0.0'), place.entry())
  })
})
