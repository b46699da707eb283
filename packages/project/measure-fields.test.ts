import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { silent, UserError } from '@mayfly/core'
import { loadProject } from './load.ts'
import type { Project } from './project.ts'
import { withoutTests } from './without-tests.ts'

let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'mayfly-measure-fields-'))
})
after(() => rm(root, { recursive: true, force: true }))

async function load(web: string, more = ''): Promise<Project> {
  await writeFile(join(root, 'compose.yaml'), `services:\n  web:\n    image: nginx:alpine\n${web}${more}`)
  return loadProject({ root, env: {}, path: process.env.PATH, log: silent })
}

const field = (text: string) => `    x-mayfly:\n      ${text}\n`

describe('how a service is measured', () => {
  const given: [yaml: string, coverage: object][] = [
    ['    ports: ["80"]\n', { kind: 'none' }],
    [field('coverage: node'), { kind: 'node' }],
    [field('coverage: none'), { kind: 'none' }],
    [field('coverage: false'), { kind: 'none' }],
    [field('coverage: /out/lcov.info'), { kind: 'file', file: '/out/lcov.info' }],
    [
      field('coverage: { paths: { /srv: services/api, /app: . } }'),
      { kind: 'node', paths: { '/srv': 'services/api', '/app': '' } },
    ],
    [
      field('coverage: { file: /x.xml, dump: [kill, -USR1, "1"], command: [a, b], environment: { A: 1, B: x } }'),
      { kind: 'file', dump: ['kill', '-USR1', '1'], command: ['a', 'b'], environment: { A: '1', B: 'x' } },
    ],
    [field('coverage: { file: /x.xml, dump: "a; b" }'), { dump: ['sh', '-c', 'a; b'] }],
  ]
  for (const [yaml, coverage] of given) {
    it(`is read: ${yaml.trim().replace(/\s+/g, ' ')}`, async () => {
      const [service] = (await load(yaml)).services
      assert.partialDeepStrictEqual(service?.coverage, coverage)
    })
  }

  it('is Node of a ready image that runs the checkout, and nothing of a database that reads a file of it', async () => {
    await writeFile(join(root, 'a.js'), '')
    const mount = '    volumes: ["./a.js:/a.js:ro"]\n'
    const text = `services:\n  web:\n    image: node:24-slim\n${mount}  db:\n    image: postgres:17-alpine\n${mount}`
    await writeFile(join(root, 'compose.yaml'), text)
    const { services } = await loadProject({ root, env: {}, path: process.env.PATH, log: silent })
    assert.deepEqual(Object.fromEntries(services.map(({ name, coverage }) => [name, coverage.kind])), { web: 'node', db: 'none' })
  })

  const refused: [yaml: string, said: RegExp][] = [
    [field('coverage: 7'), /compose\.yaml:5: services\.web\.x-mayfly\.coverage is 7/],
    [field('coverage: lcov.info'), /is "lcov\.info", which is no absolute path in the container/],
    [field('coverage: /a/../etc/passwd'), /no absolute path/],
    [field('coverage: { file: /x, format: lcov }'), /x-mayfly\.coverage\.format is not known to Mayfly/],
    [field('coverage: { file: /x, dump: [1] }'), /coverage\.dump is .*, which is no command/],
    [field('coverage: { file: /x, environment: { "a b": c } }'), /no mapping of variables/],
    [field('coverage: { paths: { /srv: ../../etc } }'), /is "\.\.\/\.\.\/etc", which is no folder of the repository/],
    [field('coverage: { paths: [a] }'), /coverage\.paths is/],
    [field('test: 1'), /x-mayfly\.test is 1/],
    [field('test: { results: relative }'), /no absolute path/],
    [field('test: { output: /x }'), /x-mayfly\.test\.output is not known/],
  ]
  for (const [yaml, said] of refused) {
    it(`is refused with file and line: ${yaml.trim().replace(/\s+/g, ' ')}`, () =>
      assert.rejects(load(yaml), (error) => error instanceof UserError && said.test(error.message) && error.cure !== undefined))
  }
})

describe('a service that tests the others', () => {
  const TESTS = '  tests:\n    image: node:24-slim\n    x-mayfly: { test: true }\n'

  it('leaves its reports in /results, where nothing else is said, and is reached by nobody', async () => {
    const tests = (await load('', TESTS)).services.find(({ name }) => name === 'tests')
    assert.deepEqual([tests?.test, tests?.public], [{ results: ['/results'], coverage: [] }, false])
  })

  it('is no part of the project for whoever releases, promotes or runs it by hand', async () => {
    const project = await load('', TESTS)
    const rest = withoutTests(project)
    assert.deepEqual([rest.services.map(({ name }) => name), Object.keys(rest.model.services)], [['web'], ['web']])
    assert.equal(withoutTests(rest), rest)
  })
})
