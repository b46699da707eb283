import { fileURLToPath } from 'node:url'
import type { Data } from './data.ts'

/** One tool's way from the same files to the same reports: a command of its own. */
export interface Arm {
  name: 'Mayfly' | 'c8' | 'nyc' | 'monocart'
  argv: (data: Data, output: string) => readonly [string, ...string[]]
}

export interface Contest {
  name: string
  /** Mayfly first. */
  arms: readonly Arm[]
  /** What Mayfly may take at most; undefined: it is shown for comparison. */
  aim?: { milliseconds: number; bytes: number }
}

type Kind = 'v8' | 'v8-each' | 'reports' | 'all'

const NODE = process.execPath
const program = (name: string) => fileURLToPath(import.meta.resolve(name))
const own = (name: string) => fileURLToPath(new URL(name, import.meta.url))

const REPORTERS = ['--reporter', 'lcovonly', '--reporter', 'cobertura']

/** Bundled, as it is shipped. */
function mayfly(kind: Kind, input: 'v8' | 'istanbul' | 'lcov'): Arm {
  return { name: 'Mayfly', argv: (data, output) => [NODE, data.mayfly, kind, data.project, data[input], output] }
}

function monocart(kind: Kind, input: 'v8' | 'istanbul'): Arm {
  return { name: 'monocart', argv: (data, output) => [NODE, own('monocart.ts'), kind, data[input], output] }
}

function nyc(page: boolean): Arm {
  const more = page ? ['--reporter', 'html-spa'] : []
  const argv = ({ istanbul }: Data, output: string) =>
    [NODE, program('nyc/bin/nyc.js'), 'report', '--temp-dir', istanbul, '--report-dir', output, ...REPORTERS, ...more] as const
  return { name: 'nyc', argv }
}

const c8: Arm = {
  name: 'c8',
  argv: ({ v8 }, output) => [
    NODE,
    program('c8/bin/c8.js'),
    'report',
    '--temp-directory',
    v8,
    '--reports-dir',
    output,
    ...REPORTERS,
  ],
}

/** What is measured: each tool where it can read what there is. Only Mayfly reads LCOV. */
export const CONTESTS: readonly Contest[] = [
  { name: 'V8 of one service → LCOV, Cobertura', arms: [mayfly('v8', 'v8'), c8, monocart('v8', 'v8')] },
  { name: 'istanbul → LCOV, Cobertura', arms: [mayfly('reports', 'istanbul'), nyc(false), monocart('reports', 'istanbul')] },
  { name: 'istanbul → all, with the page', arms: [mayfly('all', 'istanbul'), nyc(true), monocart('all', 'istanbul')] },
  // The others do not say who reached a line.
  { name: 'V8 of four services, told apart → the same', arms: [mayfly('v8-each', 'v8')] },
  {
    name: 'LCOV → all, with the page',
    arms: [mayfly('all', 'lcov')],
    aim: { milliseconds: 3000, bytes: 300 * 1024 * 1024 },
  },
]
