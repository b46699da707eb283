import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import semver from 'semver'
import { command } from './command.ts'
import { formatDuration, parseDuration } from './duration.ts'
import { describeError, UserError } from './errors.ts'
import { parseBytes } from './size.ts'
import { previewVersion, versionTag } from './version.ts'

describe('values that people write', () => {
  it('durations are read in every unit and sum, and written so that they read the same', () => {
    for (const [text, seconds] of [
      ['90s', 90],
      ['30m', 1800],
      ['12h', 43_200],
      ['7d', 604_800],
      ['2w', 1_209_600],
      ['1d12h', 129_600],
    ] as const) {
      assert.equal(parseDuration(text, 'ttl'), seconds * 1000)
    }
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        (seconds) => parseDuration(formatDuration(seconds * 1000), 'ttl') === seconds * 1000,
      ),
    )
  })

  it('what is no duration is refused by name: never silently "for ever"', () => {
    for (const text of ['', '5', '0s', '-1h', '1.5h', 'soon', '1y', '1h 30m', 'h', '99999999999999999w']) {
      assert.throws(
        () => parseDuration(text, 'ttl'),
        (error) => error instanceof UserError && error.message.startsWith('ttl is'),
        text,
      )
    }
  })

  it('sizes are read as Compose reads them', () => {
    for (const [text, bytes] of [
      ['512m', 536_870_912],
      ['1g', 1_073_741_824],
      ['1.5k', 1536],
      ['64kb', 65_536],
      ['10', 10],
      ['2G', 2_147_483_648],
    ] as const) {
      assert.equal(parseBytes(text, 'memory'), bytes)
    }
    for (const text of ['', 'lots', '-1m', '1t', '0', '1mm']) assert.throws(() => parseBytes(text, 'memory'), UserError, text)
  })

  it('a preview’s version is semver, and sorts before the release that it leads to', () => {
    assert.equal(previewVersion('1.4.2', 12, '1a2b3c4d5e'), '1.4.3-pr.12.g1a2b3c4')
    assert.equal(previewVersion('2.0.0-rc.1', 12, '1a2b3c4d5e'), '2.0.0-pr.12.g1a2b3c4')
    assert.equal(previewVersion(undefined, undefined, '1a2b3c4d5e'), '0.0.1-dev.g1a2b3c4')
    const part = fc.integer({ min: 0, max: 999 })
    const hash = fc.stringMatching(/^[0-9a-f]{40}$/)
    fc.assert(
      fc.property(part, part, part, fc.integer({ min: 1, max: 99_999 }), hash, (major, minor, patch, pull, revision) => {
        const now = `${major}.${minor}.${patch}`
        const version = previewVersion(now, pull, revision)
        return semver.valid(version) === version && semver.gt(version, now) && semver.lt(version, semver.inc(now, 'patch') ?? '')
      }),
    )
  })

  it('a tag never holds the plus that registries refuse', () => {
    assert.equal(versionTag('1.0.0+build.5'), '1.0.0_build.5')
  })

  it('the user’s mistake is its message and cure; only our own faults have a stack', () => {
    assert.equal(describeError(new UserError('No.', { cure: 'Yes.' }), true), 'No.\nYes.')
    assert.match(describeError(new Error('Oh'), true), /Oh\n\s+at /)
    assert.equal(describeError(new Error('Oh', { cause: new Error('because') })), 'Oh: because')
  })

  it('arguments reach a program as they are: nothing in them is a command', async () => {
    const hostile = ['$(touch /tmp/mayfly-was-here)', '; exit 7', 'a\nb', '`id`', '--help', '']
    const script = 'console.log(JSON.stringify(process.argv.slice(1)))'
    const done = await command([process.execPath, '-e', script, '--', ...hostile], { env: {} })
    assert.deepEqual(JSON.parse(done.stdout), hostile)
    assert.equal((await command(['no-such-program-anywhere'], { env: {} })).code, 127)
  })
})
