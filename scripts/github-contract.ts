/**
 * Cuts what the GitHub stand-in needs out of GitHub's own OpenAPI description.
 *
 *   node scripts/github-contract.ts [--check] [--rest DIRECTORY] [--webhooks DIRECTORY]
 *
 * A directory is an unpacked npm package; without one the package is fetched with `npm pack`. `--check` writes
 * nothing and exits with 1 where a committed slice is not what would be cut.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { cutOperations, cutSchemas, type Json, type Source } from '../test/github/cut.ts'

const OPERATIONS = [
  'rate-limit/get',
  'users/get-authenticated',
  'repos/get',
  'repos/get-commit',
  'git/get-ref',
  'git/create-ref',
  'git/get-commit',
  'pulls/list',
  'pulls/get',
  'pulls/create',
  'pulls/update',
  'pulls/merge',
  'issues/get',
  'issues/list-comments',
  'issues/get-comment',
  'issues/create-comment',
  'issues/update-comment',
  'issues/delete-comment',
  'issues/list-labels-on-issue',
  'issues/add-labels',
  'issues/remove-label',
  'repos/list-deployments',
  'repos/get-deployment',
  'repos/create-deployment',
  'repos/delete-deployment',
  'repos/list-deployment-statuses',
  'repos/create-deployment-status',
  'checks/create',
  'checks/update',
  'checks/list-for-ref',
  'actions/list-artifacts-for-repo',
  'actions/list-workflow-run-artifacts',
  'actions/download-artifact',
  'repos/create-commit-status',
  'users/get-by-username',
  'packages/get-all-package-versions-for-package-owned-by-org',
  'packages/get-all-package-versions-for-package-owned-by-user',
  'packages/delete-package-version-for-org',
  'packages/delete-package-version-for-user',
]

const WEBHOOKS = [
  'webhook-pull-request-opened',
  'webhook-pull-request-synchronize',
  'webhook-pull-request-reopened',
  'webhook-pull-request-ready-for-review',
  'webhook-pull-request-labeled',
  'webhook-pull-request-unlabeled',
  'webhook-pull-request-closed',
  'webhook-workflow-dispatch',
  'webhook-workflow-run-completed',
]

const run = promisify(execFile)
const slices: Slice[] = [
  {
    option: 'rest',
    target: 'test/github/contract.json',
    source: { package: '@octokit/openapi', version: '23.0.2', licence: 'MIT' },
    cut: (document, source) => cutOperations(document, OPERATIONS, source),
  },
  {
    option: 'webhooks',
    target: 'test/github/webhooks.json',
    source: { package: '@octokit/openapi-webhooks', version: '12.1.0', licence: 'MIT' },
    cut: (document, source) => cutSchemas(document, WEBHOOKS, source),
  },
]

interface Slice {
  option: 'rest' | 'webhooks'
  target: string
  source: Source
  cut: (document: Json, source: Source) => Json
}

/** Unpacks the package under `directory` and answers where it lies. Install scripts are not run. */
async function fetchPackage({ package: name, version }: Source, directory: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', `${name}@${version}`, '--pack-destination', directory, '--silent'])
  const tarball = stdout.trim().split('\n').at(-1) ?? ''
  const file = 'package/generated/api.github.com.json'
  const place = await mkdtemp(join(directory, 'unpacked-'))
  await run('tar', ['-xzf', join(directory, tarball), '-C', place, 'package/package.json', file])
  return join(place, 'package')
}

async function readDocument(directory: string, source: Source): Promise<Json> {
  const found: Json = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
  if (found.version !== source.version)
    throw new Error(`${directory} holds ${source.package}@${found.version}, not @${source.version}`)
  return JSON.parse(await readFile(join(directory, 'generated', 'api.github.com.json'), 'utf8'))
}

const { values } = parseArgs({ options: { check: { type: 'boolean' }, rest: { type: 'string' }, webhooks: { type: 'string' } } })
const scratch = await mkdtemp(join(tmpdir(), 'github-contract-'))
try {
  for (const slice of slices) {
    const directory = values[slice.option] ?? (await fetchPackage(slice.source, scratch))
    const text = `${JSON.stringify(slice.cut(await readDocument(directory, slice.source), slice.source))}\n`
    const target = join(import.meta.dirname, '..', slice.target)
    const name = `${slice.source.package}@${slice.source.version}`
    if (!values.check) {
      await writeFile(target, text)
      console.log(`Cut ${slice.target} (${Math.round(text.length / 1000)} kB) out of ${name}.`)
    } else if ((await readFile(target, 'utf8').catch(() => '')) === text) {
      console.log(`${slice.target} is what ${name} says.`)
    } else {
      console.error(`${slice.target} is not what would be cut out of ${name}. Run: node scripts/github-contract.ts`)
      process.exitCode = 1
    }
  }
} finally {
  await rm(scratch, { recursive: true, force: true })
}
