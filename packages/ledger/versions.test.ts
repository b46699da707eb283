import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import fc from 'fast-check'
import { checkRelease, compareVersions, highestVersion, parseVersion } from './versions.ts'

/** semver.org, 11: each is lower than the next. */
const ASCENDING = [
  '0.9.9',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.0.1',
  '1.2.0',
  '1.10.0',
  '2.0.0',
]

const core = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((all) => all.join('.'))
const version = fc
  .tuple(core, fc.constantFrom('', '-a', '-a.1', '-a.b', '-1', '-rc.10', '-rc.9'), fc.constantFrom('', '', '+x', '+y'))
  .map((all) => all.join(''))

test('versions are ordered as semver.org orders them', () => {
  for (const [index, low] of ASCENDING.entries()) {
    for (const high of ASCENDING.slice(index + 1)) {
      assert.ok(compareVersions(low, high) < 0, `${low} < ${high}`)
      assert.ok(compareVersions(high, low) > 0, `${high} > ${low}`)
    }
  }
  assert.equal(highestVersion(ASCENDING.toReversed()), '2.0.0')
  assert.equal(highestVersion([]), undefined)
})

test('the order is total: any shuffle is sorted the same way, and only equal versions tie', () => {
  fc.assert(
    fc.property(fc.uniqueArray(version, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (all, random) => {
      const shuffled = all.map((text) => ({ text, rank: random.next().value })).sort((a, b) => a.rank - b.rank)
      assert.deepEqual(shuffled.map(({ text }) => text).sort(compareVersions), [...all].sort(compareVersions))
      for (const one of all) for (const two of all) assert.equal(compareVersions(one, two) === 0, one === two, `${one} ${two}`)
    }),
  )
})

describe('a release', () => {
  const after = (...versions: string[]) => versions.map((text) => ({ name: 'web', version: text }))
  const check = (wanted: string | undefined, released: ReturnType<typeof after>) =>
    checkRelease('web', wanted, released, 'web/package.json')

  const allowed: [string, string[]][] = [
    ['0.0.1', []],
    ['1.0.0-rc.1', []],
    ['1.0.1', ['1.0.0']],
    ['1.0.0', ['1.0.0', '2.0.0']],
    ['1.0.0', ['1.0.0-rc.1']],
    ['1.0.0-rc.10', ['1.0.0-rc.9']],
    ['1.0.1', ['1.0.0', '1.1.0', '2.0.0']],
    ['1.2.0', ['1.0.0', '1.1.3', '2.0.0']],
    ['3.0.0', ['1.0.0', '2.0.0']],
    ['1.0.0+b', ['1.0.0+b']],
    ['1.0.1+b', ['1.0.0+z']],
  ]
  for (const [wanted, released] of allowed) {
    it(`${wanted} may follow ${released.join(', ') || 'nothing'}`, () => assert.equal(check(wanted, after(...released)), wanted))
  }

  const lower: [string, string[], string][] = [
    ['1.0.0', ['1.0.1'], '1.0.1, the highest released of 1.0'],
    ['1.0.0-rc.1', ['1.0.0'], '1.0.0, the highest released of 1.0'],
    ['1.0.0-rc.9', ['1.0.0-rc.10'], '1.0.0-rc.10, the highest released of 1.0'],
    ['1.9.0', ['1.10.0'], '1.10.0, the highest released of 1,'],
    ['1.1.0', ['1.0.0', '1.2.0', '2.0.0'], '1.2.0, the highest released of 1,'],
    ['1.0.0', ['2.0.0'], '2.0.0, the highest released of all'],
    ['0.9.0', ['1.0.0', '2.0.0-rc.1'], '2.0.0-rc.1, the highest released of all'],
  ]
  for (const [wanted, released, what] of lower) {
    it(`${wanted} is refused after ${released.join(', ')}, which is named`, () => {
      assert.throws(
        () => check(wanted, after(...released)),
        ({ name, message }: Error) => {
          assert.equal(name, 'UserError')
          assert.ok(`${message.slice(0, -1)},`.includes(`web/package.json: web@${wanted} is lower than ${what}`), message)
          return true
        },
      )
    })
  }

  it('that differs in its build metadata alone is the same version, and refused', () => {
    for (const [wanted, released] of [
      ['1.0.0+b', '1.0.0+a'],
      ['1.0.0', '1.0.0+a'],
      ['1.0.0+a', '1.0.0'],
    ] as const) {
      assert.throws(() => check(wanted, after(released)), {
        name: 'UserError',
        message: new RegExp(`same version as ${released.replace('+', '\\+')},`),
      })
    }
  })

  it('is not measured by other names or by previews', () => {
    const others = [
      { name: 'api', version: '9.0.0' },
      { name: 'web', version: '9.0.0-pr.1.gabc' },
    ]
    assert.equal(checkRelease('web', '1.0.0', others, 'f'), '1.0.0')
  })

  it('without a version is told where it is missing', () => {
    for (const wanted of [undefined, ''])
      assert.throws(() => check(wanted, []), { message: '"version" is missing in web/package.json.' })
  })

  const malformed: [string, string][] = [
    ['1.2', '1.2.0'],
    ['v1.2.3', '1.2.3'],
    [' 1.2.3', '1.2.3'],
    ['1.2.3.4', '1.2.3'],
    ['01.2.3', '1.2.3'],
    ['latest', '1.0.0'],
    ['^2.0.0', '2.0.0'],
    ['1.2.3-rc_1', '1.2.3'],
  ]
  for (const [wanted, near] of malformed) {
    it(`${JSON.stringify(wanted)} is refused, and ${near} is what may have been meant`, () => {
      assert.throws(() => check(wanted, []), {
        name: 'UserError',
        message: `web/package.json: "version" is ${JSON.stringify(wanted)}, which is not a semantic version.`,
        cure: `Write major.minor.patch, for example "version": "${near}".`,
      })
    })
  }

  it('always follows the proposal that its refusal makes', () => {
    fc.assert(
      fc.property(version, fc.array(version, { maxLength: 8 }), (wanted, released) => {
        try {
          assert.equal(check(wanted, after(...released)), wanted)
        } catch (error) {
          const cure = error instanceof Error && 'cure' in error ? String(error.cure) : ''
          const proposed = /"version": "(.*)"/.exec(cure)?.[1] ?? assert.fail(String(error))
          assert.ok(parseVersion(proposed))
        }
      }),
    )
  })

  it('never lowers the highest of its line, whatever is asked for in whatever order', () => {
    fc.assert(
      fc.property(fc.array(version, { maxLength: 20 }), (asked) => {
        const released: string[] = []
        for (const wanted of asked) {
          try {
            check(wanted, after(...released))
          } catch {
            continue
          }
          if (released.includes(wanted)) continue
          const line = wanted.split('.', 2).join('.')
          const same = released.filter((text) => text.split('.', 2).join('.') === line)
          for (const earlier of same)
            assert.ok(compareVersions(earlier.replace(/\+.*/, ''), wanted.replace(/\+.*/, '')) < 0, `${earlier} ${wanted}`)
          released.push(wanted)
        }
      }),
    )
  })
})
