import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ConventionalCommit, parseCommit } from './commits.ts'
import { nextVersion } from './propose.ts'

const MESSAGES: [string, Partial<ConventionalCommit>][] = [
  ['feat: x', { type: 'feat', scope: '', subject: 'x', breaking: false }],
  ['Feat(web): x y', { type: 'feat', scope: 'web', subject: 'x y' }],
  ['fix(a/b, c)!: x', { type: 'fix', scope: 'a/b, c', breaking: true }],
  ['chore!: x', { type: 'chore', breaking: true }],
  ['feat: x\n\nBREAKING CHANGE: y', { breaking: true }],
  ['feat: x\n\nBREAKING-CHANGE: y', { breaking: true }],
  ['feat: x\n\nBREAKING CHANGE #12', { breaking: true }],
  ['feat: x\r\n\r\nbody\r\n\r\nBREAKING CHANGE: y\r\n', { subject: 'x', breaking: true }],
  ['odd\n\nBREAKING CHANGE: y', { type: 'other', subject: 'odd', breaking: true }],
  ['feat: x\n\nthis is no BREAKING CHANGE: really', { breaking: false }],
  ['feat: x\n\nbreaking change: y', { breaking: false }],
  ['BREAKING CHANGE: y', { type: 'other', breaking: false }],
  ['feat:x', { type: 'other' }],
  ['feat : x', { type: 'other' }],
  ['feat(): x', { type: 'feat', scope: '' }],
  ['feat:', { type: 'other' }],
  ['http://example.test: x', { type: 'other' }],
  ['Revert "feat: x"', { type: 'other' }],
  ['Merge pull request #1 from a/b\n\nfeat: x', { type: 'merge' }],
  ['Merge lists and trees', { type: 'other' }],
  ['', { type: 'other', subject: '' }],
  ['\n\nfeat: x', { type: 'feat', subject: 'x' }],
]
for (const [message, expected] of MESSAGES) {
  test(`${JSON.stringify(message)} is read as ${JSON.stringify(expected)}`, () => {
    assert.deepEqual({ ...parseCommit(message), ...expected }, parseCommit(message))
  })
}

test('whatever a message holds, it is read quickly and what comes of it is small', () => {
  const hostile = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.constantFrom('feat(', ' '.repeat(9), '!: ', 'a('.repeat(99)).map((text) => text.repeat(9000)),
  )
  fc.assert(
    fc.property(hostile, (message) => {
      const started = performance.now()
      const { subject, scope, type } = parseCommit(message)
      assert.ok(subject.length + scope.length + type.length < 500)
      assert.ok(performance.now() - started < 500)
    }),
  )
})

const [feat, fix, breaking] = [
  { type: 'feat', breaking: false },
  { type: 'fix', breaking: false },
  { type: 'docs', breaking: true },
]
const NEXT: [string | undefined, string | undefined, (typeof feat)[], string][] = [
  [undefined, undefined, [fix], '0.1.0'],
  [undefined, '0.0.0', [fix], '0.1.0'],
  [undefined, '1.0.0', [fix], '1.0.0'],
  [undefined, '1.0.0-rc.1', [fix], '1.0.0'],
  [undefined, 'nonsense', [fix], '0.1.0'],
  ['1.2.3', undefined, [fix], '1.2.4'],
  ['1.2.3', '1.2.3', [fix, feat], '1.3.0'],
  ['1.2.3', '1.0.0', [fix, breaking, feat], '2.0.0'],
  ['0.2.3', undefined, [fix], '0.2.4'],
  ['0.2.3', undefined, [feat], '0.2.4'],
  ['0.2.3', undefined, [breaking], '0.3.0'],
  ['0.2.3', '1.0.0', [fix], '1.0.0'],
  ['1.2.3', '1.2.9', [fix], '1.2.9'],
  ['1.2.3', '2.0.0-rc.1', [fix], '1.2.4'],
]
for (const [last, current, commits, expected] of NEXT) {
  const what = commits.map((commit) => (commit.breaking ? 'breaking' : commit.type)).join(', ')
  test(`after ${last ?? 'nothing'}, with ${current ?? 'no version'} in package.json and ${what}, comes ${expected}`, () => {
    assert.equal(nextVersion(last, current, commits), expected)
  })
}
