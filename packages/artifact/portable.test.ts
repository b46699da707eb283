import assert from 'node:assert/strict'
import { test } from 'node:test'
import { portableNames, renamePaths } from './portable.ts'

const rename = (code: string) => renamePaths(Buffer.from(code), portableNames([])).toString('utf8')

test('paths of packages are renamed where a bundler writes them', () => {
  assert.equal(rename('// ../../tmp/x/node_modules/a/b.js\nlet x\n'), '// node_modules/a/b.js\nlet x\n')
  assert.equal(rename('let x\n// store/node_modules/ä/node_modules/b.js'), 'let x\n// node_modules/b.js')
  assert.equal(
    rename('var a = __commonJS({\n  "../x/node_modules/a/b.js"(exports, module) {\n'),
    'var a = __commonJS({\n  "node_modules/a/b.js"(exports, module) {\n',
  )
  assert.equal(rename('// (disabled):../x/node_modules/a/b.js\n'), '// (disabled):node_modules/a/b.js\n')
})

test('texts of the program that look alike stay as they are', () => {
  for (const code of [
    'const x = "../x/node_modules/a"\n',
    ' // ../x/node_modules/a\n',
    'x() // ../x/node_modules/a\n',
    '      "../x/node_modules/a"(exports) {\n',
    'no packages at all, änd not ASCII\n',
    '',
  ])
    assert.equal(rename(code), code)
})
