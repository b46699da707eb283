import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { command } from '@mayfly/core'
import { parse } from 'yaml'
import { readAction } from '../../scripts/docs/action-tables.ts'

const root = join(import.meta.dirname, '..', '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const find = (pattern: string) =>
  globSync(pattern, { cwd: root, exclude: (name) => /^(node_modules|dist|\.git|\.mayfly|fixtures)$/.test(name) }).sort()

/** Where each action is declared, and what users write behind `uses:`. */
const ACTIONS: Readonly<Record<string, { file: string; uses: string }>> = {
  mayfly: { file: 'action.yml', uses: 'mayfly-dev/mayfly' },
  build: { file: 'actions/build/action.yml', uses: 'mayfly-dev/mayfly/actions/build' },
  clean: { file: 'actions/clean/action.yml', uses: 'mayfly-dev/mayfly/actions/clean' },
  preview: { file: 'actions/preview/action.yml', uses: 'mayfly-dev/mayfly/actions/preview' },
  promote: { file: 'actions/promote/action.yml', uses: 'mayfly-dev/mayfly/actions/promote' },
  publish: { file: 'actions/publish/action.yml', uses: 'mayfly-dev/mayfly/actions/publish' },
  release: { file: 'actions/release/action.yml', uses: 'mayfly-dev/mayfly/actions/release' },
  test: { file: 'actions/test/action.yml', uses: 'mayfly-dev/mayfly/actions/test' },
  tested: { file: 'actions/tested/action.yml', uses: 'mayfly-dev/mayfly/actions/tested' },
}

/** Inputs that the actions' common reader asks for and that mean nothing to this action: they read as not given. */
const ABSENT: Readonly<Record<string, readonly string[]>> = {
  // The one-step action calls it what it is for.
  mayfly: ['run'],
  preview: [],
  build: ['label', 'limits', 'timeout', 'environment-name', 'dry-run'],
  clean: ['domain', 'tls', 'compose-file', 'profiles', 'env', 'ttl', 'limits', 'timeout', 'signing-key'],
  promote: ['ttl', 'label', 'environment-name', 'signing-key'],
  release: ['domain', 'tls', 'ttl', 'label', 'limits', 'timeout', 'environment-name', 'dry-run'],
  test: ['test', 'ttl', 'label', 'environment-name', 'dry-run'],
  tested: [],
  publish: [],
}

describe('the actions', () => {
  it('are each declared once, run on Node 24, and start what the build script makes of them', async () => {
    const entries = find('actions/*/main.ts').map((path) => path.split('/')[1])
    assert.deepEqual(entries, Object.keys(ACTIONS).sort())
    assert.deepEqual(
      find('{action.yml,actions/*/action.yml}'),
      Object.values(ACTIONS)
        .map(({ file }) => file)
        .sort(),
    )
    for (const [name, { file }] of Object.entries(ACTIONS)) {
      const { using, main } = await readAction(join(root, file))
      assert.equal(using, 'node24', file)
      assert.equal(relative(root, resolve(root, dirname(file), main)), `dist/${name}.mjs`, file)
    }
  })

  for (const [name, { file }] of Object.entries(ACTIONS)) {
    it(`${name}: every input that the code reads is declared or knowingly absent, and every declared one is read`, async () => {
      const asked = [...codeOf(name).matchAll(/\b[a-z]+Input\(\s*'([^']+)'/g)].map(([, input]) => input ?? '')
      const declared = (await readAction(join(root, file))).inputs.map((input) => input.name)
      const absent = ABSENT[name] ?? []
      assert.deepEqual(
        absent.filter((input) => declared.includes(input)),
        [],
        'absent and declared',
      )
      assert.deepEqual([...declared, ...absent].sort(), [...new Set(asked)].sort())
    })

    it(`${name}: every declared output is written`, async () => {
      const code = read('actions/outputs.ts') + read('actions/test-outputs.ts') + read(`actions/${name}/main.ts`)
      for (const { name: output } of (await readAction(join(root, file))).outputs)
        assert.match(code, new RegExp(`[\\s{]'?${output}'?(:|,| })`), output)
    })
  }
})

describe('the pages', () => {
  const pages = find('**/*.md')

  it('say what the code says', async () => {
    const result = await command([process.execPath, join(root, 'scripts', 'docs.ts'), '--check'], { env: {} })
    assert.equal(result.code, 0, result.stderr)
  })

  it('lead to files and headings that exist', () => {
    const lost = pages.flatMap((page) =>
      linksOf(read(page))
        .filter((link) => {
          const [path = '', heading] = link.split('#')
          const target = path === '' ? join(root, page) : resolve(root, dirname(page), path)
          if (!existsSync(target) || relative(root, target).startsWith('..')) return true
          return heading !== undefined && !headingsOf(readFileSync(target, 'utf8')).includes(heading)
        })
        .map((link) => `${page}: ${link}`),
    )
    assert.deepEqual(lost, [])
  })

  it('show workflows whose steps get only what there is, and all that has to be given', async () => {
    const shown = pages.flatMap((page) => yamlOf(read(page)).map((text) => ({ place: page, workflow: parse(text) as unknown })))
    const files = find('examples/*/.github/workflows/*.yml').map((place) => ({ place, workflow: parse(read(place)) as unknown }))
    assert.ok(shown.length >= 10 && files.length >= 3)
    for (const { place, workflow } of [...shown, ...files]) {
      for (const { uses, inputs } of stepsIn(workflow)) {
        const [name = '', version] = uses.split('@')
        const action = Object.values(ACTIONS).find((one) => one.uses === name)
        assert.ok(action !== undefined, `${place}: there is no action ${uses}`)
        assert.match(version ?? '', /^(v1|[0-9a-f]{40})$/, `${place}: ${uses}`)
        const declared = (await readAction(join(root, action.file))).inputs
        const unknown = inputs.filter((input) => !declared.some((one) => one.name === input))
        const missing = declared.filter((one) => one.required && !inputs.includes(one.name)).map((one) => one.name)
        assert.deepEqual({ unknown, missing }, { unknown: [], missing: [] }, `${place}: ${uses}`)
      }
    }
  })

  it('show workflows that ask a step only for outputs that it has', async () => {
    const texts = [...pages.flatMap((page) => yamlOf(read(page))), ...find('examples/*/.github/workflows/*.yml').map(read)]
    let asked = 0
    for (const text of texts) {
      const steps = stepsIn(parse(text)).filter(({ id }) => id !== '')
      for (const [, id, output = ''] of text.matchAll(/\bsteps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
        const step = steps.find((one) => one.id === id)
        const action = Object.values(ACTIONS).find(({ uses }) => uses === step?.uses.split('@')[0])
        assert.ok(action !== undefined, `${id} is no step of ours in:\n${text}`)
        const declared = (await readAction(join(root, action.file))).outputs.map(({ name }) => name)
        assert.ok(declared.includes(output), `${step?.uses} has no output ${output}`)
        asked++
      }
    }
    assert.ok(asked >= 5)
  })

  it('know every action, and every command', () => {
    const readme = read('README.md')
    for (const { file } of Object.values(ACTIONS).filter(({ file }) => file !== 'action.yml'))
      assert.ok(readme.includes(`](${dirname(file)}/README.md)`), file)
    const [, commands = ''] = /^const COMMANDS = \{([^}]*)\}/m.exec(read('packages/cli/main.ts')) ?? []
    const names = commands.split(',').map((name) => name.trim())
    assert.ok(names.length >= 14)
    for (const name of names) assert.match(read('docs/command.md'), new RegExp(`^ {2}mayfly ${name}\\b`, 'm'))
  })

  it('start with the workflow that the examples have', () => {
    const [workflow] = yamlOf(read('README.md'))
    assert.equal(workflow, read('examples/shop/.github/workflows/preview.yml'))
  })

  it('quote errors as the code says them', () => {
    const code = find('packages/**/*.ts')
      .filter((path) => !path.endsWith('.test.ts'))
      .map(read)
      .join('\n')
    const quotes = [...read('docs/troubleshooting.md').matchAll(/^### `(.+)`$/gm)].map(([, quote]) => quote ?? '')
    assert.ok(quotes.length >= 15)
    for (const quote of quotes) {
      for (const piece of quote
        .split('…')
        .map((text) => text.trim())
        .filter((text) => /\w{3}/.test(text)))
        assert.ok(code.includes(piece), `"${piece}" of "${quote}" is in no message`)
    }
  })
})

/** What an action reads its inputs with: its own file, and those functions of the shared ones that it calls. */
function codeOf(action: string): string {
  const own = read(`actions/${action}/main.ts`)
  const shared = [
    ...(read('actions/settings.ts') + read('actions/test-settings.ts')).matchAll(/^(?:export )?function (\w+)[\s\S]*?^\}/gm),
  ]
  let code = own
  for (let before = ''; before !== code; ) {
    before = code
    for (const [text, name = ''] of shared) if (!code.includes(text) && code.includes(`${name}(`)) code += text
  }
  return code
}

function linksOf(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => (/^[a-z]+:/.test(link) ? [] : [link]))
}

/** Headings as GitHub names them. */
function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}

function yamlOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text]) => text ?? '')
}

/** Every step of ours, wherever in the document it is. */
function stepsIn(node: unknown): { id: string; uses: string; inputs: string[] }[] {
  if (typeof node !== 'object' || node === null) return []
  const uses: unknown = Reflect.get(node, 'uses')
  const [id, inputs]: unknown[] = [Reflect.get(node, 'id'), Reflect.get(node, 'with')]
  const own =
    typeof uses === 'string' && uses.startsWith('mayfly-dev/')
      ? [
          {
            id: typeof id === 'string' ? id : '',
            uses,
            inputs: typeof inputs === 'object' && inputs !== null ? Object.keys(inputs) : [],
          },
        ]
      : []
  return [...own, ...Object.values(node).flatMap(stepsIn)]
}
