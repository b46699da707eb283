import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CoverageReport } from 'monocart-coverage-reports'
import { isModules } from './modules.ts'

/**
 * `node bench/measure/monocart.ts v8|reports|all <input> <output>`: the same with monocart-coverage-reports, as its README says. `all`:
 * with its page.
 */
const [, , kind = '', input = '', output = ''] = process.argv

const page = kind === 'all' ? ['html-spa' as const] : []
const report = new CoverageReport({ outputDir: output, logging: 'error', reports: ['lcovonly', 'cobertura', ...page] })
for (const name of readdirSync(input).sort()) {
  const data: unknown = JSON.parse(readFileSync(join(input, name), 'utf8'))
  if (kind !== 'v8') await report.add(data)
  else if (isModules(data)) {
    await report.add(data.result.map((script) => ({ ...script, source: readFileSync(fileURLToPath(script.url), 'utf8') })))
  }
}
await report.generate()
