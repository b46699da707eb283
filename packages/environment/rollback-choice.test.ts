import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { historyOf } from './history.ts'
import { type DeploymentRecord, type Reason, recordLabels, recordName } from './record.ts'
import { chooseRecord, isSame } from './rollback-choice.ts'
import { namedTarget } from './target.ts'

const reach = { domain: 'localhost', listen: 80, tls: 'off', limits: { memory: 2 ** 30, cpus: 1, pids: 512 } } as const
const target = namedTarget('github.test', 'acme/shop', 'production', reach)

/** `A` is a deployment of A, `A<` a roll back to it, `A!` one that happened by itself. The oldest first, as things happen. */
function recordsOf(story: string): DeploymentRecord[] {
  const words = story.split(' ').filter((word) => word !== '')
  return words
    .map((word, at): DeploymentRecord => {
      const letter = word[0] ?? ''
      const reason: Reason = word.endsWith('<') ? 'rollback' : word.endsWith('!') ? 'automatic-rollback' : 'promote'
      return {
        revision: letter.toLowerCase().repeat(40),
        deployedAt: new Date(1000 * (at + 1)),
        ttl: undefined,
        run: `run ${at}`,
        reason,
        by: 'mona',
        pullRequest: at + 1,
        placed: [
          {
            service: 'web',
            reference: `sha256:${letter.toLowerCase().repeat(64)}`,
            name: `acme/shop/web@1.0.${at}`,
            revision: '',
            key: '',
            ports: [],
          },
        ],
        model: undefined,
        networks: undefined,
      }
    })
    .reverse()
}

const letterOf = (record: DeploymentRecord) => record.revision[0]?.toUpperCase()

describe('a roll back', () => {
  const table: [story: string, to: string][] = [
    ['A B', 'A'],
    ['A B C', 'B'],
    // Deployed again is not deployed anew.
    ['A B B', 'A'],
    ['A B C B<', 'A'],
    // What was rolled back from is not gone back to.
    ['A B A< C', 'A'],
    ['A B C B< A< D', 'A'],
    // Going forward by hand is a step like any other.
    ['A B A< B<', 'A'],
    // A promotion that failed left no trace but what was put back.
    ['A B B!', 'A'],
    ['A A! B', 'A'],
    // The same again after something else.
    ['A B A', 'B'],
  ]
  for (const [story, to] of table) {
    it(`after ${story} leads to ${to}`, () => assert.equal(letterOf(chooseRecord(recordsOf(story), undefined, 'x')), to))
  }

  it('is refused where nothing ran before, naming what can be done', () => {
    for (const story of ['A', 'A A', 'A B A<', 'A A!']) {
      assert.throws(
        () => chooseRecord(recordsOf(story), undefined, 'acme-shop-production'),
        /Nothing ran in acme-shop-production/,
      )
    }
  })

  it('never leads to what runs, and repeated it ends', () => {
    const letters = fc.array(fc.constantFrom('A', 'B', 'C', 'A<', 'B<', 'C!'), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(letters, (words) => {
        let records = recordsOf(words.join(' '))
        for (let count = 0; count <= words.length; count++) {
          const [current] = records
          let to: DeploymentRecord
          try {
            to = chooseRecord(records, undefined, 'x')
          } catch {
            return true
          }
          assert.ok(current !== undefined && !isSame(to, current))
          records = [{ ...to, reason: 'rollback', deployedAt: new Date(1_000_000 + count) }, ...records]
        }
        return false
      }),
    )
  })

  it('leads to an entry of the history by its number, its commit or its version', () => {
    const records = recordsOf('A B C')
    const known: [to: string, letter: string][] = [
      ['0', 'C'],
      ['1', 'B'],
      ['2', 'A'],
      ['aaaaaaa', 'A'],
      ['BBBBBBBB', 'B'],
      ['1.0.0', 'A'],
      ['web@1.0.1', 'B'],
      ['acme/shop/web@1.0.1', 'B'],
      ['c'.repeat(40), 'C'],
    ]
    for (const [to, letter] of known) assert.equal(letterOf(chooseRecord(records, to, 'x')), letter, to)
    for (const to of ['3', 'aaaaaa', 'ddddddd', '1.0', '', '@1.0.0', 'eb@1.0.0', '-1']) {
      assert.throws(() => chooseRecord(records, to, 'x'), /The history of x holds no/, to)
    }
  })
})

describe('the history', () => {
  it('says what ran from when to when, the newest first, with where it came from', () => {
    const volumes = recordsOf('A B A<').map((record) => ({
      name: recordName(target, record.deployedAt),
      labels: recordLabels(target, record),
      createdAt: record.deployedAt,
    }))
    // The engine lists in any order.
    const entries = historyOf({ volumes: volumes.toSorted((a, b) => (a.name < b.name ? -1 : 1)) })
    assert.deepEqual(
      entries.map(({ since, until, revision, pullRequest, run, reason, by }) => [
        since.getTime(),
        until?.getTime(),
        revision[0],
        pullRequest,
        run,
        reason,
        by,
      ]),
      [
        [3000, undefined, 'a', 3, 'run 2', 'rollback', 'mona'],
        [2000, 3000, 'b', 2, 'run 1', 'promote', 'mona'],
        [1000, 2000, 'a', 1, 'run 0', 'promote', 'mona'],
      ],
    )
    assert.deepEqual(entries[1]?.artifacts, [
      { service: 'web', name: 'acme/shop/web@1.0.1', digest: `sha256:${'b'.repeat(64)}`, revision: '' },
    ])
    assert.deepEqual(JSON.parse(JSON.stringify(entries))[0].since, '1970-01-01T00:00:03.000Z')
  })
})
