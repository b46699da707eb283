import { collector } from './read-collect.ts'
import { arrayOf, isObject, member, membersOf, numberIn } from './read-json.ts'
import type { Read } from './read-oddities.ts'
import { type Tally, tally } from './read-tally.ts'

/** Whether it is what `coverage json` writes. */
export function isCoveragePy(json: unknown): boolean {
  const files = member(json, 'files')
  if (!isObject(files)) return false
  const [path] = Object.keys(files)
  return path === undefined ? isObject(member(json, 'totals')) : Array.isArray(member(files[path], 'executed_lines'))
}

/**
 * Reads coverage.py's JSON (https://coverage.readthedocs.io/en/latest/commands/cmd_json.html). It says whether lines ran,
 * not how often. A branch belongs to the line it leaves.
 */
export function readCoveragePy(json: unknown, name: string): Read {
  const collected = collector(name)
  for (const [path, value] of membersOf(member(json, 'files'))) {
    const file = collected.file(path, path)
    if (file === undefined) continue
    for (const line of arrayOf(member(value, 'executed_lines'))) collected.line(file, numberIn(line), 1, 'max', path)
    for (const line of arrayOf(member(value, 'missing_lines'))) collected.line(file, numberIn(line), 0, 'max', path)
    for (const [line, { taken, total }] of branchesOf(value, name).lines) collected.branch(file, line, taken, total, path)
  }
  return collected.read()
}

/** Branches are pairs of the line they leave and the line they reach, negative where that is the end of a function. */
function branchesOf(file: unknown, name: string): Tally {
  const choices = tally(name)
  for (const branch of arrayOf(member(file, 'executed_branches'))) choices.add(numberIn(arrayOf(branch)[0]), 1, 1)
  for (const branch of arrayOf(member(file, 'missing_branches'))) choices.add(numberIn(arrayOf(branch)[0]), 0, 1)
  return choices
}
