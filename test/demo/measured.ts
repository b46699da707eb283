import assert from 'node:assert/strict'
import { command, namedId, UserError } from '@mayfly/core'
import { type ActionResult, runAction } from '../action.ts'
import { visit } from '../visit.ts'
import { removeSurely } from './remains.ts'
import { changed, quietly, type Telling } from './telling.ts'

/** What a team adds to have its preview tested: a service that asks the others. */
export async function withTests(): Promise<Record<string, string>> {
  const service = 'services:\n  tests:\n    build: ./tests\n    x-mayfly: { test: true }\n\n'
  return {
    ...(await changed('compose.yaml', 'services:\n', service)),
    'tests/Dockerfile': DOCKERFILE,
    'tests/shop.test.mjs': testsFor('49.00 €'),
  }
}

const DOCKERFILE = `FROM node:24-slim
WORKDIR /tests
COPY . .
CMD ["sh", "-c", "mkdir -p /results && node --test --test-reporter=junit --test-reporter-destination=/results/junit.xml shop.test.mjs"]
`

export function testsFor(price: string): string {
  return `import assert from 'node:assert/strict'
import test from 'node:test'

const get = async (url) => (await fetch(url)).text()

test('the page announces itself', async () => assert.match(await get(process.env.MAYFLY_URL), /<h1>/))
test('a lamp has its price', async () => assert.match(await get(\`\${process.env.MAYFLY_URL_API}/api/products\`), /${price}/))
test('what is not there is said', async () => assert.match(await get(\`\${process.env.MAYFLY_URL_API}/api/none\`), /nothing here/))
`
}

/** Where measurements of the default branch are kept; on GitHub also its cache and its artifacts. */
export const DATA_BRANCH = 'mayfly-data'

/** A push to the default branch is measured: what pull requests are compared with. */
export async function measureMain(telling: Telling): Promise<void> {
  const { github, repository, registry, narrator, domain, signal } = telling
  const place = github.git(repository).directory
  const head = await command(['git', '-C', place, 'rev-parse', 'refs/heads/main'], { env: { PATH: process.env.PATH ?? '' } })
  const done = await runAction({
    action: 'mayfly',
    github,
    repository,
    event: { name: 'push', payload: { repository: { default_branch: 'main' } } },
    env: { GITHUB_SHA: head.stdout.trim(), GITHUB_REF: 'refs/heads/main' },
    inputs: { domain, registry: `${registry.host}/${repository}`, 'data-branch': DATA_BRANCH },
    onLine: quietly(narrator),
    signal,
  })
  if (done.code !== 0 || done.outputs.outcome !== 'tested') throw new UserError(done.errors.join('\n') || done.log.trim())
  narrator.show(`Measured ${head.stdout.slice(0, 7)}: ${coverageOf(done)}. Kept on the branch ${DATA_BRANCH}.`)
}

export function coverageOf({ outputs }: ActionResult): string {
  const { total, passed, failed } = JSON.parse(outputs.tests ?? '{}')
  return `${passed} of ${total} tests passed, ${failed} failed, ${outputs['project-coverage']} of the lines ran`
}

/** The newest check, and the page beside the preview. */
export async function lookAtReport({ github, repository, narrator }: Telling, url: string, conclusion: string): Promise<void> {
  const check = github.checks(repository).at(-1)
  narrator.show(
    `The check on the head commit: ${check?.conclusion}, "${check?.title}", with ${check?.annotations.length} annotations.`,
  )
  assert.equal(check?.conclusion, conclusion)
  const page = `${url}/.mayfly/report.html`
  const said = await visit(page)
  narrator.show(`GET ${page}\n  ${said.status} ${Math.round(said.body.length / 1024)} KB of HTML that needs nothing else\n`)
  assert.equal(said.status, 200)
  assert.match(said.body, /<!doctype html>/i)
}

/** The images that the base was measured with stay for pull requests to be compared; here nothing is to stay. */
export async function removeBase({ engine, preview, repository }: Telling): Promise<void> {
  await removeSurely(engine, { owner: preview.owner, id: namedId(repository, 'mayfly-measure') })
}
