import { UserError } from '@mayfly/core'
import { binaryKind, READABLE } from './formats.ts'
import { BOUNDS, inMegabytes } from './read-bounds.ts'
import { readClover } from './read-clover.ts'
import { readCobertura } from './read-cobertura.ts'
import { isCodecov, readCodecov } from './read-codecov.ts'
import { isCoveragePy, readCoveragePy } from './read-coverage-py.ts'
import { readGo } from './read-go.ts'
import { isIstanbul, readIstanbul } from './read-istanbul.ts'
import { readJacoco } from './read-jacoco.ts'
import { isObject, member, parseJson } from './read-json.ts'
import { readLcov } from './read-lcov.ts'
import { isLlvm, readLlvm } from './read-llvm.ts'
import type { Read } from './read-oddities.ts'
import { isResultset, isSimplecov, readSimplecov } from './read-simplecov.ts'
import { asUtf8, linesOf } from './read-text.ts'
import { firstElements } from './read-xml.ts'

export type CoverageFormat =
  | 'lcov'
  | 'cobertura'
  | 'jacoco'
  | 'clover'
  | 'istanbul'
  | 'go'
  | 'simplecov'
  | 'coverage.py'
  | 'llvm-cov'
  | 'codecov'

/** A report as it was read: its paths are spelled as in the report. */
export interface CoverageRead extends Read {
  format: CoverageFormat
}

/**
 * Reads a coverage report of any format that can be read, which its content tells, not its name. `name` is for people.
 * The report may be hostile: it is read within bounds of time and memory. What is broken in part is left out and said in
 * `notices`. Throws a UserError, and nothing else, for what is empty, binary, unknown, broken or too much.
 */
export function readCoverage(bytes: Uint8Array, name: string): CoverageRead {
  if (bytes.length > BOUNDS.bytes) {
    throw new UserError(`${name} is larger than ${inMegabytes(BOUNDS.bytes)}.`, { cure: 'Write several smaller reports.' })
  }
  const binary = binaryKind(bytes)
  if (binary !== undefined) throw new UserError(`${name} is ${binary.what}, and no report.`, { cure: binary.cure })
  const first = firstLine(bytes)
  if (first === undefined) {
    throw new UserError(`${name} is empty.`, { cure: 'Nothing was measured, or the tool ended before it wrote its report.' })
  }
  const read = readText(bytes, first, name)
  if (read.files.size === 0) read.notices.push(`${name} is ${read.format} and tells of no file.`)
  return read
}

function readText(bytes: Uint8Array, first: string, name: string): CoverageRead {
  if (first.startsWith('<') || first.startsWith('\0')) return readXmlReport(bytes, name)
  if (first.startsWith('{') || first.startsWith('[')) return readJsonReport(bytes, name)
  if (/^mode: \w+$/.test(first)) return { format: 'go', ...readGo(bytes, name) }
  if (isLcov(bytes)) return { format: 'lcov', ...readLcov(bytes, name) }
  throw unknown(name, `text that starts with "${first.slice(0, 60)}"`)
}

function readXmlReport(bytes: Uint8Array, name: string): CoverageRead {
  const { first, second } = firstElements(bytes, name)
  if (first === 'report') return { format: 'jacoco', ...readJacoco(bytes, name) }
  if (first === 'coverage' && second === 'project') return { format: 'clover', ...readClover(bytes, name) }
  if (first === 'coverage' && /^(?:sources|packages|)$/.test(second))
    return { format: 'cobertura', ...readCobertura(bytes, name) }
  if (/^(?:testsuites?|testrun)$/.test(first)) throw unknown(name, 'a report of tests, not of coverage')
  if (/^html$/i.test(first)) throw unknown(name, 'a page for people')
  throw unknown(name, `XML of the kind <${first.slice(0, 60)}>`)
}

function readJsonReport(bytes: Uint8Array, name: string): CoverageRead {
  const json = parseJson(bytes, name)
  if (isLlvm(json)) return { format: 'llvm-cov', ...readLlvm(json, name) }
  if (isCoveragePy(json)) return { format: 'coverage.py', ...readCoveragePy(json, name) }
  if (isSimplecov(json) || isResultset(json)) return { format: 'simplecov', ...readSimplecov(json, name) }
  if (isCodecov(json)) return { format: 'codecov', ...readCodecov(json, name) }
  if (isObject(json) && isIstanbul(json)) return { format: 'istanbul', ...readIstanbul(json, name) }
  if (Array.isArray(member(json, 'result'))) throw rawV8(name)
  if (isObject(json) && isObject(json.total)) throw unknown(name, "istanbul's summary, which tells of no lines")
  throw unknown(name, 'JSON of another kind')
}

function firstLine(bytes: Uint8Array): string | undefined {
  for (const line of linesOf(asUtf8(bytes))) if (line.trim() !== '') return line.trim()
  return undefined
}

/** A tracefile may start with a comment or with anything that a newer version writes. */
function isLcov(bytes: Uint8Array): boolean {
  let at = 0
  for (const line of linesOf(asUtf8(bytes))) {
    if (/^(?:SF:|TN:|end_of_record)/.test(line)) return true
    if (++at > 1000) return false
  }
  return false
}

/** V8 names places in the text that ran, which is not in its file. */
function rawV8(name: string): UserError {
  return new UserError(
    `${name} is V8's raw coverage (NODE_V8_COVERAGE), which tells of places in scripts that it does not hold.`,
    {
      cure: 'Write lcov or istanbul JSON from it on the machine that ran it: npx c8 report --reporter=lcov --temp-directory <folder>',
    },
  )
}

function unknown(name: string, what: string): UserError {
  return new UserError(`${name} looks like ${what}.`, { cure: `Give a report as ${READABLE}.` })
}
