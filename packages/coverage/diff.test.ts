import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type LineRange, UserError } from '@mayfly/core'
import fc from 'fast-check'
import { DIFF_ARGUMENTS, parseDiff } from './diff.ts'
import { movedLines } from './moved-lines.ts'

let folder = ''

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-diff-'))
  git('init', '-q')
})

after(() => rmSync(folder, { recursive: true, force: true }))

function git(...args: string[]): string {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' },
  }
  return execFileSync('git', args, { cwd: folder, env, encoding: 'utf8' }).trimEnd()
}

function commit(files: Readonly<Record<string, string | Buffer | undefined>>): string {
  for (const [path, content] of Object.entries(files)) {
    if (content === undefined) rmSync(join(folder, path))
    else {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
  }
  git('add', '-A')
  git('commit', '-q', '--allow-empty', '-m', 'change')
  return git('rev-parse', 'HEAD')
}

function diffOf(base: string, head: string) {
  return parseDiff(git(...DIFF_ARGUMENTS, base, head))
}

describe('parseDiff', () => {
  it('names every file as it is called, whatever it is called', () => {
    const names = [
      'plain.ts',
      'with space.ts',
      'tab\there.ts',
      'quo"te.ts',
      'back\\slash.ts',
      'über/日本.ts',
      'line\nend.ts',
      ' b/x.ts',
    ]
    names.push('a b/a b.ts', 'ends with space ', 'x b', '-- dash', '\u0001control\u007f')
    const base = commit(Object.fromEntries(names.map((name) => [name, 'one\ntwo\n'])))
    const head = commit(Object.fromEntries(names.map((name) => [name, 'one\n2\n'])))
    const diff = diffOf(base, head)
    assert.deepEqual([...diff.keys()].sort(), names.sort())
    for (const change of diff.values()) assert.deepEqual(change.lines, [[2, 2]])
    const gone = diffOf(head, commit(Object.fromEntries(names.map((name) => [name, undefined]))))
    assert.deepEqual([...gone.keys()].sort(), names.sort())
    for (const { status, lines } of gone.values()) assert.deepEqual([status, lines], ['deleted', []])
  })

  it('follows renames, with and without changes, into names with spaces and quotes', () => {
    const body = `${Array.from({ length: 40 }, (_, at) => `line ${at}`).join('\n')}\n`
    const base = commit({ 'old one.ts': body, 'same.ts': `${body}same\n` })
    mkdirSync(join(folder, 'to "x"'), { recursive: true })
    renameSync(join(folder, 'old one.ts'), join(folder, 'to "x"', 'new.ts'))
    renameSync(join(folder, 'same.ts'), join(folder, 'still the same.ts'))
    const head = commit({ 'to "x"/new.ts': body.replace('line 7\n', 'line seven\nand more\n') })
    const diff = diffOf(base, head)
    const changed = diff.get('to "x"/new.ts')
    assert.equal(changed?.from, 'old one.ts')
    assert.equal(changed.status, 'renamed')
    assert.deepEqual(changed.lines, [[8, 9]])
    assert.deepEqual(changed.hunks, [{ oldFirst: 8, oldCount: 1, newFirst: 8, newCount: 2 }])
    assert.deepEqual(diff.get('still the same.ts'), { status: 'renamed', from: 'same.ts', binary: false, lines: [], hunks: [] })
    assert.equal(diff.size, 2)
  })

  it('knows files that are new, empty, binary, of another mode, and without a last line end', () => {
    const base = commit({ 'mode b/mode.sh': 'x\n', 'end.ts': 'a\nb', 'bin.dat': Buffer.of(0, 1, 2) })
    git('update-index', '--chmod=+x', 'mode b/mode.sh')
    git('commit', '-q', '-m', 'mode')
    const files = {
      'end.ts': 'a\nb\nc',
      'bin.dat': Buffer.of(0, 3, 2),
      'new.ts': 'a\nb\n',
      'empty.ts': '',
      'new.bin': Buffer.of(0),
    }
    const head = execCommitKeepingMode(files)
    const diff = diffOf(base, head)
    const told = Object.fromEntries([...diff].map(([path, { status, binary, lines }]) => [path, { status, binary, lines }]))
    assert.deepEqual(told, {
      'mode b/mode.sh': { status: 'changed', binary: false, lines: [] },
      'end.ts': { status: 'changed', binary: false, lines: [[2, 3]] },
      'bin.dat': { status: 'changed', binary: true, lines: [] },
      'new.ts': { status: 'added', binary: false, lines: [[1, 2]] },
      'empty.ts': { status: 'added', binary: false, lines: [] },
      'new.bin': { status: 'added', binary: true, lines: [] },
    })
  })

  it('is not led astray by lines that look like its own', () => {
    const nasty = [
      '-- a/other.ts',
      '++ b/other.ts',
      '@@ -1 +1 @@',
      'diff --git a/x b/x',
      '\\ No newline at end of file',
      'rename to x',
      '',
    ]
    const base = commit({ 'nasty.ts': `${nasty.join('\n')}\n` })
    const head = commit({ 'nasty.ts': `${nasty.toReversed().join('\n')}\n-- \n+++ b/x\n` })
    const diff = diffOf(base, head)
    assert.deepEqual([...diff.keys()], ['nasty.ts'])
    const back = diffOf(head, base)
    assert.deepEqual([...back.keys()], ['nasty.ts'])
  })

  it('reads the same with other settings of the machine and with context', () => {
    const base = commit({ 'c.ts': 'a\nb\nc\nd\ne\n' })
    const head = commit({ 'c.ts': 'a\nB\nc\nd\ne\nf\n' })
    const expected = diffOf(base, head)
    const settings = [
      '-c',
      'diff.noprefix=true',
      '-c',
      'diff.mnemonicPrefix=true',
      '-c',
      'color.ui=always',
      '-c',
      'diff.interHunkContext=9',
    ]
    assert.deepEqual(parseDiff(git(...settings, ...DIFF_ARGUMENTS, base, head)), expected)
    const context = DIFF_ARGUMENTS.map((one) => (one === '-U0' ? '-U3' : one))
    assert.deepEqual(parseDiff(git(...context, base, head)), expected)
  })

  it('refuses what is no diff or only a part of one, and takes an empty one', () => {
    assert.equal(parseDiff('').size, 0)
    const cut = ['diff --git a/x b/x', '--- a/x', '+++ b/x', '@@ -1,3 +1,3 @@', '-a'].join('\n')
    const table = [
      'hello\n',
      '+a\n',
      '<html>',
      cut,
      'diff --git a/x b/x\n@@ -x +y @@\n',
      'diff --git a/x b/y\n',
      'diff --git\n',
      '\n',
    ]
    for (const text of table) assert.throws(() => parseDiff(text), UserError, JSON.stringify(text))
  })

  it('throws nothing but a UserError, whatever it is given', () => {
    const piece = fc.constantFrom(
      'diff --git a/x b/x',
      '--- a/x',
      '+++ b/x',
      '@@ -1 +1 @@',
      '@@ -1,0 +2,9 @@',
      '+a',
      '-b',
      ' c',
      '\\',
      '"',
      'rename to "\\',
      '',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (lines) => {
        try {
          parseDiff(lines.join('\n'))
        } catch (error) {
          assert.ok(error instanceof UserError)
        }
      }),
    )
  })

  it('finds, of random edits, lines whose removal leaves the same text on both sides', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', '', '-- x', '+', '@@ -1 +1 @@', '\\ no', 'diff --git a/f b/f'), {
      maxLength: 30,
    })
    const ends = fc.constantFrom('', '\n')
    fc.assert(
      fc.property(text, text, ends, ends, (old, current, oldEnd, currentEnd) => {
        const [a, b] = [textOf(old, oldEnd), textOf(current, currentEnd)]
        const change = parseDiff(rawDiff(a, b)).values().next().value
        const [before, after] = [linesOf(a), linesOf(b)]
        const changed = (change?.lines ?? []).flatMap(numbers)
        const moved = movedLines(change?.hunks ?? [])
        const kept = before.flatMap((line, at) => {
          const now = moved(at + 1)
          return now === undefined ? [] : [{ line, now }]
        })
        // What stayed is the same text in the same order, and is exactly what is not changed.
        for (const { line, now } of kept) assert.equal(after[now - 1], line)
        assert.deepEqual(
          [...kept.map(({ now }) => now), ...changed].sort((x, y) => x - y),
          after.map((_, at) => at + 1),
        )
      }),
      { numRuns: 60 },
    )
  })
})

function execCommitKeepingMode(files: Readonly<Record<string, string | Buffer>>): string {
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content)
  git('config', 'core.fileMode', 'false')
  return commit({})
}

function rawDiff(a: string, b: string): string {
  const blobs = [a, b].map((text) =>
    execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: folder, input: text, encoding: 'utf8' }).trim(),
  )
  return git(...DIFF_ARGUMENTS, ...blobs)
}

function textOf(lines: readonly string[], end: string): string {
  return lines.length === 0 ? '' : lines.join('\n') + end
}

/** Lines with their ends: a last line without one is another line. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

function numbers([first, last]: LineRange): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}
