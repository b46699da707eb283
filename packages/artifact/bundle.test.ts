import assert from 'node:assert/strict'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { describeError, silent } from '@mayfly/core'
import { type Bundle, bundle } from './bundle.ts'
import { findEsbuild } from './esbuild.ts'

const esbuild = await findEsbuild({ env: {}, cacheDirectory: '/nonexistent', runtime: undefined }, silent)

const HANDLER = "export default { fetch: () => new Response('hi') }\n"

async function withCheckout<T>(files: Record<string, string>, work: (root: string) => Promise<T>): Promise<T> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'artifact-bundle-')))
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true })
      await writeFile(join(root, name), text)
    }
    return await work(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

function bundleAt(root: string, dependencies?: string): Promise<Bundle> {
  return bundle({ esbuild, root, entry: join(root, 'functions/f/index.ts'), node: 24, dependencies, external: [], log: silent })
}

async function errorOf(files: Record<string, string>): Promise<string> {
  return withCheckout(files, (root) => bundleAt(root).then(() => 'no error', describeError))
}

const FAILURES: [string, Record<string, string>, RegExp[]][] = [
  [
    'a syntax error is named with file, line and the line itself',
    {
      'functions/f/index.ts': "import { x } from '../shared/x.ts'\nexport default { fetch: () => new Response(x) }",
      'functions/shared/x.ts': 'const a = 1\nexport const x: string = ;\n',
    },
    [
      /^functions\/f\/index\.ts could not be bundled:$/m,
      /^functions\/shared\/x\.ts:2:25: Unexpected ";"$/m,
      /export const x: string = ;/,
    ],
  ],
  [
    'every problem is named, not only the first',
    { 'functions/f/index.ts': `import './a.ts'\nimport './b.ts'\n${HANDLER}` },
    [/index\.ts:1:7: Could not resolve "\.\/a\.ts"/, /index\.ts:2:7: Could not resolve "\.\/b\.ts"/],
  ],
  [
    'a package that is missing is named with the place to add it',
    { 'functions/f/index.ts': `import 'left-pad/x'\n${HANDLER}` },
    [/Could not resolve "left-pad\/x"/, /Add left-pad\/x to "dependencies" in the function's package\.json\./],
  ],
  [
    'a native module is named with the way out',
    {
      'functions/f/index.ts': `import 'sharp'\n${HANDLER}`,
      'node_modules/sharp/package.json': '{"main":"i.js"}',
      'node_modules/sharp/i.js': "require('./build/sharp.node')",
      'node_modules/sharp/build/sharp.node': '\u007fELF',
    },
    [/sharp brings a native module, which cannot be bundled/, /"external": \["sharp"\]/],
  ],
  [
    'an entry without a default export is refused before an image is made',
    { 'functions/f/index.ts': "export const fetch = () => new Response('hi')\n" },
    [/functions\/f\/index\.ts has no default export\./, /Write: export default \{ fetch\(request\)/],
  ],
  [
    "git's folder, which may hold the checkout's token, is not to be imported",
    {
      'functions/f/index.ts': `import text from '../../.git/config' with { type: 'text' }\nconsole.log(text)\n${HANDLER}`,
      '.git/config': 'token',
    },
    [/imports \.git\/config, which is outside of the checkout/],
  ],
]

for (const [promise, files, expected] of FAILURES) {
  test(promise, async () => {
    const said = await errorOf(files)
    for (const pattern of expected) assert.match(said, pattern)
  })
}

test('nothing outside of the checkout is bundled, by path or by link, and none of it is shown', async () => {
  await withCheckout({ 'secret.json': '{"token":"hunter2"}', 'secret.js': 'hunter2 hunter2' }, async (outside) => {
    for (const file of ['secret.json', 'secret.js']) {
      const entry = `import s from '${join(outside, file)}'\nconsole.log(s)\n${HANDLER}`
      const said = await errorOf({ 'functions/f/index.ts': entry })
      assert.match(said, /outside of the checkout/)
      assert.doesNotMatch(said, /hunter2/)
    }
    await withCheckout({ 'functions/f/index.ts': `import s from './link.json'\nconsole.log(s)\n${HANDLER}` }, async (root) => {
      await symlink(join(outside, 'secret.json'), join(root, 'functions/f/link.json'))
      await assert.rejects(bundleAt(root), /outside of the checkout/)
    })
  })
})

const PACKAGE = {
  'package.json': '{"name":"greet","main":"index.js"}',
  'index.js': "module.exports = require('node:path').join('hello', 'you')",
}
const USES = { 'functions/f/index.ts': "import greet from 'greet'\nexport default { fetch: () => new Response(greet) }\n" }

test('the same sources make the same bytes wherever the checkout and the dependencies lie', async () => {
  const make = () =>
    withCheckout(
      Object.fromEntries(Object.entries(PACKAGE).map(([name, text]) => [`deep/node_modules/greet/${name}`, text])),
      (elsewhere) => withCheckout(USES, (root) => bundleAt(root, join(elsewhere, 'deep/node_modules'))),
    )
  const [first, second] = [await make(), await make()]
  assert.deepEqual([first.code, first.map], [second.code, second.map])
  const map: unknown = JSON.parse(first.map.toString())
  assert.partialDeepStrictEqual(map, { sources: ['node_modules/greet/index.js', 'functions/f/index.ts'] })
})

test("a module's own require, __dirname and __filename do not collide with those that CommonJS packages are given", async () => {
  const files = {
    'functions/f/index.ts': `import { createRequire } from 'node:module'
import old from './old.cjs'
const require = createRequire(import.meta.url)
const __dirname = '/mine'
export default { fetch: () => new Response(JSON.stringify([__dirname, require('node:path').sep, old])) }\n`,
    'functions/f/old.cjs': "module.exports = [typeof __dirname, typeof __filename, require('node:os').EOL]",
  }
  const { code } = await withCheckout(files, (root) => bundleAt(root))
  await withCheckout({ 'function.mjs': code.toString() }, async (root) => {
    const loaded: unknown = await import(join(root, 'function.mjs'))
    const handler: unknown = typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined
    assert.ok(typeof handler === 'object' && handler !== null && 'fetch' in handler && typeof handler.fetch === 'function')
    const response: unknown = handler.fetch()
    assert.ok(response instanceof Response)
    assert.deepEqual(await response.json(), ['/mine', '/', ['string', 'string', '\n']])
  })
})
