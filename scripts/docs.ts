import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { policyTable } from '@mayfly/project'
import { actionTables } from './docs/action-tables.ts'
import { commandHelp } from './docs/command-help.ts'
import { labelTable } from './docs/label-table.ts'
import { metadataTable } from './docs/metadata-table.ts'
import { sampleComment } from './docs/sample-comment.ts'

/**
 * `npm run docs` writes the parts of pages that the code itself knows, between `<!-- name -->` and `<!-- /name -->`.
 * With `--check` it writes nothing, names each page that is out of step and exits with 1.
 */

const root = join(import.meta.dirname, '..')

interface Part {
  page: string
  mark: string
  make: () => string | Promise<string>
}

const tablesOf = (page: string, action: string): Part => ({ page, mark: 'action', make: () => actionTables(join(root, action)) })

const PARTS: readonly Part[] = [
  { page: 'README.md', mark: 'comment', make: sampleComment },
  tablesOf('docs/action.md', 'action.yml'),
  tablesOf('actions/build/README.md', 'actions/build/action.yml'),
  tablesOf('actions/preview/README.md', 'actions/preview/action.yml'),
  tablesOf('actions/test/README.md', 'actions/test/action.yml'),
  tablesOf('actions/publish/README.md', 'actions/publish/action.yml'),
  tablesOf('actions/tested/README.md', 'actions/tested/action.yml'),
  tablesOf('actions/release/README.md', 'actions/release/action.yml'),
  tablesOf('actions/promote/README.md', 'actions/promote/action.yml'),
  tablesOf('actions/clean/README.md', 'actions/clean/action.yml'),
  ...[
    ['preview', 'docs/workflow.md'],
    ['release', 'docs/workflow.md'],
    ['publish', 'docs/testing.md'],
  ].map(([name, page = '']) => ({
    page,
    mark: `${name}.yml`,
    make: async () =>
      `\`\`\`yaml\n${await readFile(join(root, 'examples/functions/.github/workflows', `${name}.yml`), 'utf8')}\`\`\`\n`,
  })),
  { page: 'docs/command.md', mark: 'help', make: () => commandHelp(join(root, 'packages/cli/main.ts')) },
  { page: 'docs/artifacts.md', mark: 'metadata', make: () => metadataTable(join(root, 'packages/core/labels.ts')) },
  { page: 'docs/concepts.md', mark: 'labels', make: () => labelTable(join(root, 'packages/core/labels.ts')) },
  { page: 'docs/policy.md', mark: 'policy', make: policyTable },
]

const check = process.argv.includes('--check')
for (const { page, mark, make } of PARTS) {
  const path = join(root, page)
  const before = await readFile(path, 'utf8')
  const [start, end] = [`<!-- ${mark} -->\n`, `\n<!-- /${mark} -->`]
  const [from, to] = [before.indexOf(start), before.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${page} has no place for its generated part: ${start.trim()} and ${end.trim()}.`)
  const after = before.slice(0, from + start.length) + (await make()) + before.slice(to)
  if (after === before) continue
  if (check) {
    console.error(`${page} is out of step with the code. Run: npm run docs`)
    process.exitCode = 1
  } else {
    await writeFile(path, after)
    console.log(`${page} is brought up to date.`)
  }
}
