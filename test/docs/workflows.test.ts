import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'

const folder = join(import.meta.dirname, '..', '..', '.github', 'workflows')
const workflows = globSync('*.yml', { cwd: folder }).sort()

describe("the project's own workflows", () => {
  it('are these', () => {
    assert.deepEqual(workflows, ['ci.yml', 'preview.yml', 'release.yml'])
  })

  for (const name of workflows) {
    const text = readFileSync(join(folder, name), 'utf8')
    const workflow = mapping(parse(text))
    const jobs = Object.values(mapping(workflow.jobs)).map(mapping)
    const steps = jobs.flatMap((job) => (Array.isArray(job.steps) ? job.steps.map(mapping) : []))

    it(`${name}: every action is pinned by commit, with its version beside it`, () => {
      const lines = text.split('\n').filter((line) => /^\s*(- )?uses:/.test(line))
      assert.ok(lines.length > 0)
      for (const line of lines) assert.match(line, /uses: (\.\/\S*|[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/)
    })

    it(`${name}: permissions are named, and only a release may write contents`, () => {
      assert.ok(Object.hasOwn(workflow, 'permissions'), 'of the workflow')
      for (const scope of [workflow, ...jobs]) {
        const granted = scope.permissions === undefined ? {} : mapping(scope.permissions)
        const written = Object.entries(granted).filter(([, access]) => access !== 'read' && access !== 'none')
        const allowed =
          scope !== workflow && name === 'release.yml'
            ? ['contents']
            : name === 'preview.yml'
              ? ['pull-requests', 'deployments']
              : []
        assert.deepEqual(
          written.filter(([permission]) => !allowed.includes(permission)),
          [],
        )
      }
    })

    it(`${name}: the token stays out of checkouts, expressions out of scripts, and every job has an end`, () => {
      for (const step of steps) {
        if (String(step.uses).startsWith('actions/checkout@')) assert.equal(mapping(step.with)['persist-credentials'], false)
        assert.doesNotMatch(String(step.run), /\$\{\{/)
      }
      for (const job of jobs) if (job.uses === undefined) assert.equal(typeof job['timeout-minutes'], 'number')
    })
  }

  it('release without a cache', () => {
    const text = readFileSync(join(folder, 'release.yml'), 'utf8')
    assert.doesNotMatch(text, /cache@|cache: (npm|true)/)
    assert.equal(text.match(/uses: actions\/setup-node@/g)?.length, text.match(/package-manager-cache: false/g)?.length)
  })
})

function mapping(value: unknown): Record<string, unknown> {
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value))
  return Object.fromEntries(Object.entries(value))
}
