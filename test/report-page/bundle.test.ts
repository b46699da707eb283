import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { pathToFileURL } from 'node:url'
import { renderPage } from '@mayfly/report'
import { sample, sampleSource } from '../../packages/report/fixtures/page-sample.ts'
import { bundle } from '../../scripts/bundle.ts'

test('bundled as it is for users, the page is the same to the byte', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), `mayfly-report-bundle-${process.pid}-`))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  await bundle(folder, [{ source: 'packages/report/index.ts', name: 'report' }])
  const bundled: { renderPage: typeof renderPage } = await import(pathToFileURL(join(folder, 'report.mjs')).href)
  assert.equal(bundled.renderPage(sample, { source: sampleSource }), renderPage(sample, { source: sampleSource }))
})
