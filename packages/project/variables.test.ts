import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { expandSurely, undefinedIn } from './variables.ts'

const variables = { env: { GIVEN: 'ci', EMPTY: '' }, dotenv: 'TAG=1\nexport COLOR = blue\n' }

describe('a variable', () => {
  const rows: [text: string, names: string[]][] = [
    ['plain', []],
    [`$GIVEN \${GIVEN} \${EMPTY}`, []],
    [`$TAG and \${COLOR}`, []],
    ['$TOKEN', ['TOKEN']],
    [`\${TOKEN} and \${TOKEN?needed}`, ['TOKEN', 'TOKEN']],
    [`\${TOKEN:-x} \${TOKEN-} \${TOKEN:+y} \${TOKEN+y}`, []],
    [`\${A:-\${TOKEN}}`, ['TOKEN']],
    ['costs $$5, $$TOKEN', []],
    ['$$$TOKEN', ['TOKEN']],
  ]
  for (const [text, names] of rows) {
    it(`is asked of the runner by ${JSON.stringify(text)}: ${names.length}`, () =>
      assert.deepEqual(undefinedIn(text, variables), names))
  }
})

describe('a path that Compose reads', () => {
  const rows: [text: string, expanded: string | undefined][] = [
    ['a/b.env', 'a/b.env'],
    ['$GIVEN.env', 'ci.env'],
    [`\${GIVEN}/../x`, 'ci/../x'],
    [`\${GIVEN:-x}`, 'ci'],
    [`\${NONE:-dev}.env`, 'dev.env'],
    [`\${EMPTY:-dev}.env`, 'dev.env'],
    [`\${EMPTY}.env`, undefined],
    [`\${NONE-dev}`, undefined],
    [`\${NONE:-a/b}/../x`, undefined],
    [`\${NONE}`, undefined],
    [`\${TAG:-x}`, undefined],
    [`\${HOME:-x}`, undefined],
    [`\${COMPOSE_PROJECT_NAME:-x}`, undefined],
    [`\${NONE:-\${GIVEN}}`, undefined],
    ['$$x', undefined],
    [`\${`, undefined],
  ]
  for (const [text, expanded] of rows) {
    it(`${text} has ${expanded === undefined ? 'no reading that is sure' : 'one reading'}`, () =>
      assert.equal(expandSurely(text, variables), expanded))
  }
})
