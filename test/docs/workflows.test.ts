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

const examples = join(import.meta.dirname, '..', '..', 'examples')
/** What each action's README asks for, besides what a registry of GitHub's own wants. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  mayfly: ['contents: read', 'pull-requests: write', 'deployments: write'],
  build: ['contents: read', 'pull-requests: read', 'packages: write'],
  preview: ['contents: read', 'pull-requests: write', 'deployments: write', 'packages: read'],
  test: ['contents: read', 'pull-requests: write', 'checks: write', 'actions: read'],
  publish: ['pull-requests: write', 'checks: write', 'actions: read'],
  tested: ['packages: write'],
  clean: ['contents: read', 'pull-requests: write', 'deployments: write', 'packages: read'],
  release: ['contents: write', 'packages: write'],
  promote: ['contents: read', 'deployments: write', 'packages: read'],
}

describe("the examples' workflows", () => {
  for (const path of globSync('*/.github/workflows/*.yml', { cwd: examples }).sort()) {
    it(`${path}: every job has the permissions that its steps need`, () => {
      const workflow = mapping(parse(readFileSync(join(examples, path), 'utf8')))
      let steps = 0
      for (const job of Object.values(mapping(workflow.jobs)).map(mapping)) {
        const granted = mapping(job.permissions ?? workflow.permissions)
        for (const step of Array.isArray(job.steps) ? job.steps.map(mapping) : []) {
          const [, name] = /^mayfly-dev\/(?:mayfly\/actions\/)?(\w+)@/.exec(String(step.uses)) ?? []
          if (name === undefined) continue
          steps++
          const needed = NEEDED[name] ?? []
          assert.notEqual(needed.length, 0, name)
          const missing = needed.filter((need) => {
            const [scope = '', access] = need.split(': ')
            return granted[scope] !== access && granted[scope] !== 'write'
          })
          assert.deepEqual(missing, [], name)
        }
      }
      assert.ok(steps > 0)
    })
  }

  it('release first, then go to staging, and to production after that', () => {
    const release = mapping(parse(readFileSync(join(examples, 'functions', '.github', 'workflows', 'release.yml'), 'utf8')))
    const jobs = mapping(release.jobs)
    assert.deepEqual(Object.keys(jobs), ['release', 'staging', 'production'])
    assert.equal(mapping(jobs.staging).needs, 'release')
    assert.deepEqual(mapping(jobs.production).needs, ['release', 'staging'])
  })
})

function mapping(value: unknown): Record<string, unknown> {
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value))
  return Object.fromEntries(Object.entries(value))
}
