import { posix } from 'node:path'
import type { Ratio } from '@mayfly/core'
import { NO_CODE } from './model.ts'
import { addRatio, branchesOf, linesOf, type Union, type UnionFile } from './union.ts'

/**
 * A Cobertura report of the union, piece by piece, valid against its DTD, with paths from the root of the repository: what
 * GitHub's own coverage takes (docs.github.com, "Setting up code coverage"). A folder is a package, a file a class.
 * @param at when it was measured
 */
export function* writeCobertura(all: Pick<Union, 'files' | 'lines' | 'branches'>, at = new Date(0)): Generator<string> {
  const { files, lines, branches } = all
  yield [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">',
    `<coverage ${rates(lines, branches)} lines-covered="${lines.covered}" lines-valid="${lines.total}" branches-covered="${branches.covered}" branches-valid="${branches.total}" complexity="0" version="1" timestamp="${at.getTime()}">`,
    '<sources>\n<source>.</source>\n</sources>',
    '<packages>\n',
  ].join('\n')
  for (const [folder, own] of Map.groupBy(files, ({ path }) => posix.dirname(path))) {
    const sum = { lines: { covered: 0, total: 0 }, branches: { covered: 0, total: 0 } }
    for (const file of own) {
      addRatio(sum.lines, linesOf(file))
      addRatio(sum.branches, branchesOf(file))
    }
    yield `<package name="${escapeXml(folder)}" ${rates(sum.lines, sum.branches)} complexity="0">\n<classes>\n`
    for (const file of own) yield writeClass(file)
    yield '</classes>\n</package>\n'
  }
  yield '</packages>\n</coverage>\n'
}

function writeClass(file: UnionFile): string {
  const path = escapeXml(file.path)
  const name = escapeXml(posix.basename(file.path))
  const parts = [
    `<class name="${name}" filename="${path}" ${rates(linesOf(file), branchesOf(file))} complexity="0">`,
    '<methods/>',
    '<lines>',
  ]
  for (let line = 1; line < file.hits.length; line++) {
    const hits = file.hits[line] ?? NO_CODE
    if (hits !== NO_CODE) parts.push(`<line number="${line}" hits="${hits}"${condition(file.branches.get(line))}/>`)
  }
  parts.push('</lines>', '</class>\n')
  return parts.join('\n')
}

function condition(branches: { taken: number; total: number } | undefined): string {
  if (branches === undefined || branches.total === 0) return ''
  const taken = Math.min(branches.taken, branches.total)
  return ` branch="true" condition-coverage="${Math.floor((100 * taken) / branches.total)}% (${taken}/${branches.total})"`
}

function rates(lines: Ratio, branches: Ratio): string {
  return `line-rate="${rate(lines)}" branch-rate="${rate(branches)}"`
}

/** The format has no word for nothing to cover; its own tools write 0 for it, never 1. */
function rate({ covered, total }: Ratio): string {
  return total === 0 ? '0' : (covered / total).toFixed(4)
}

/** What XML 1.0 has no characters for (section 2.2) is replaced: not even an escape may stand for it. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/(?![\t\n\r])[\p{Cc}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[<>&"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}
