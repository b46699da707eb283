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
}

/** Inputs that the actions' common reader asks for and that mean nothing to this action: they read as not given. */
const ABSENT: Readonly<Record<string, readonly string[]>> = {
  mayfly: [],
  preview: [],
  build: ['ttl', 'label', 'limits', 'timeout', 'environment-name', 'dry-run'],
  clean: ['domain', 'tls', 'compose-file', 'profiles', 'env', 'registry', 'ttl', 'limits', 'timeout'],
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
      const code = read('actions/settings.ts') + read(`actions/${name}/main.ts`)
      const asked = [...code.matchAll(/\b[a-z]+Input\(\s*'([^']+)'/g)].map(([, input]) => input ?? '')
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
      const code = read('actions/outputs.ts') + read(`actions/${name}/main.ts`)
      for (const { name: output } of (await readAction(join(root, file))).outputs)
        assert.match(code, new RegExp(`[\\s{]'?${output}'?:`), output)
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

  it('show only inputs and outputs that exist', async () => {
    const steps = pages.flatMap((page) =>
      yamlOf(read(page)).flatMap((text) => stepsIn(parse(text)).map((step) => ({ page, ...step }))),
    )
    assert.ok(steps.length >= 10)
    for (const { page, uses, inputs } of steps) {
      const [name = '', version] = uses.split('@')
      const action = Object.values(ACTIONS).find((one) => one.uses === name)
      assert.ok(action !== undefined, `${page}: there is no action ${uses}`)
      assert.match(version ?? '', /^(v1|[0-9a-f]{40})$/, `${page}: ${uses}`)
      const declared = (await readAction(join(root, action.file))).inputs.map((input) => input.name)
      assert.deepEqual(
        inputs.filter((input) => !declared.includes(input)),
        [],
        `${page}: ${uses}`,
      )
    }
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
function stepsIn(node: unknown): { uses: string; inputs: string[] }[] {
  if (typeof node !== 'object' || node === null) return []
  const uses: unknown = Reflect.get(node, 'uses')
  const inputs: unknown = Reflect.get(node, 'with')
  const own =
    typeof uses === 'string' && uses.startsWith('mayfly-dev/')
      ? [{ uses, inputs: typeof inputs === 'object' && inputs !== null ? Object.keys(inputs) : [] }]
      : []
  return [...own, ...Object.values(node).flatMap(stepsIn)]
}
