import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { UserError } from '@mayfly/core'
import { PolicyError, policyTable } from '@mayfly/project'
import { load } from './checkout.ts'
import { harmless } from './harmless.ts'
import { type Hostile, hostile } from './hostile.ts'

async function refusalOf(row: Hostile): Promise<UserError> {
  try {
    await load(row)
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  return assert.fail('it was accepted')
}

describe('a hostile project is refused, by field, value, cure and line', { concurrency: 4 }, () => {
  for (const row of hostile) {
    it(row.name, async () => {
      const error = await refusalOf(row)
      if (row.message) return assert.match(error.message, row.message)
      assert.ok(error instanceof PolicyError, error.message)
      assert.deepEqual(error.findings.map((finding) => finding.field).sort(), [...(row.fields ?? [])].sort())
      assert.ok(
        error.findings.some((finding) => row.cure?.test(finding.cure)),
        error.message,
      )
      for (const finding of error.findings) {
        assert.ok(finding.file !== undefined && finding.value !== '' && !/[\n\r]/.test(finding.value), error.message)
        assert.ok(error.message.includes(finding.field) && error.message.includes(finding.cure))
      }
      if (row.line !== undefined) assert.equal(error.findings[0]?.line, row.line)
    })
  }
})

describe('a harmless project is accepted', { concurrency: 4 }, () => {
  for (const row of harmless) {
    it(row.name, async () => {
      const project = await load(row)
      assert.deepEqual(
        project.services.map((service) => service.name),
        row.services,
      )
      assert.equal(project.defaultService, row.front)
      for (const [name, port] of Object.entries(row.ports ?? {})) {
        assert.equal(project.services.find((service) => service.name === name)?.port, port, name)
      }
    })
  }
})

describe('the policy page', () => {
  it('holds the table that the code applies', async () => {
    const page = await readFile(new URL('../../docs/policy.md', import.meta.url), 'utf8')
    const [, table] = /<!-- policy -->\n([\s\S]*)\n<!-- \/policy -->/.exec(page) ?? []
    assert.equal(table, policyTable(), 'docs/policy.md is out of step: put the output of policyTable() between its markers')
  })

  it('has enough cases behind it', () => {
    assert.ok(hostile.length >= 60 && harmless.length >= 20)
  })
})
