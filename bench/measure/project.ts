import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Size {
  files: number
  /** In one file; ten lines make a function. */
  lines: number
  /** Processes that run parts of it: each is a source. */
  sources: number
}

/** A repository of about half a million lines. */
export const LARGE: Size = { files: 5000, lines: 100, sources: 4 }

function pathOf(file: number): string {
  return `src/part-${String(file % 50).padStart(2, '0')}/module-${String(file).padStart(4, '0')}.js`
}

/** Every module's path. */
export function pathsOf({ files }: Size): Set<string> {
  return new Set(Array.from({ length: files }, (_, file) => pathOf(file)))
}

/** Writes modules and one program for each source, the same every time. Each program loads three of four modules. */
export function writeProject(folder: string, size: Size): void {
  for (let file = 0; file < size.files; file++) {
    const path = join(folder, pathOf(file))
    if (file < 50) mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, moduleOf(file, size.lines / 10))
  }
  writeFileSync(join(folder, 'package.json'), '{ "name": "large", "type": "commonjs" }\n')
  for (let source = 0; source < size.sources; source++) {
    writeFileSync(join(folder, `program-${source}.js`), programOf(source, size))
  }
}

function moduleOf(file: number, functions: number): string {
  return Array.from(
    { length: functions },
    (_, at) => `exports.f${at} = function price${at}(amount, limit) {
  let sum = amount + ${(file * 7 + at) % 100}
  // More than the limit is told apart.
  if (sum > limit) {
    sum += limit * ${at + 1}
  } else {
    sum -= limit ${at % 3 === 0 ? '|| amount' : ''}
  }
  return sum
}
`,
  ).join('')
}

/** Calls a third of the functions of what it loads, others than its neighbours do, and each in one of two ways. */
function programOf(source: number, { files, lines }: Size): string {
  return `const folder = process.argv[2]
for (let file = 0; file < ${files}; file++) {
  if ((file + ${source}) % 4 === 3) continue
  const part = String(file % 50).padStart(2, '0')
  const loaded = require(folder + '/src/part-' + part + '/module-' + String(file).padStart(4, '0') + '.js')
  for (let at = 0; at < ${lines / 10}; at++) {
    if ((file * 31 + at * 17 + ${source} * 7) % 3 === 0) loaded['f' + at](file % 90, at * 20)
  }
}
if (process.argv[3]) require('node:fs').writeFileSync(process.argv[3], JSON.stringify(globalThis.__coverage__))
`
}
