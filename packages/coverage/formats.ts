/** What can be read, for people. */
export const READABLE = 'lcov, Cobertura, JaCoCo, Clover, istanbul, Go, SimpleCov, coverage.py, llvm-cov or Codecov'

interface BinaryKind {
  /** The first bytes, each as one character. */
  start: string
  what: string
  cure: string
}

const UNPACK = 'Unpack it first.'

/** What people take for a report, and what to do with it. */
const BINARIES: readonly BinaryKind[] = [
  { start: '\x1f\x8b', what: 'compressed with gzip', cure: UNPACK },
  { start: 'PK\x03\x04', what: 'a ZIP archive', cure: UNPACK },
  { start: '\x28\xb5\x2f\xfd', what: 'compressed with zstd', cure: UNPACK },
  {
    start: '\x01\xc0\xc0',
    what: "JaCoCo's execution data",
    cure: 'Write its XML: java -jar jacococli.jar report <file> --classfiles <folder> --xml <file>',
  },
  { start: 'SQLite format 3\0', what: "coverage.py's data file", cure: 'Write its JSON: coverage json' },
  {
    start: '\x81rforpl\xff',
    what: "LLVM's raw profile",
    cure: 'Write lcov: llvm-profdata merge <file> -o <profile>, then llvm-cov export -format=lcov -instr-profile <profile> <program>',
  },
  {
    start: '\xfflprofr\x81',
    what: "LLVM's raw profile",
    cure: 'Write lcov: llvm-profdata merge <file> -o <profile>, then llvm-cov export -format=lcov -instr-profile <profile> <program>',
  },
  { start: '\0\0cvm', what: "Go's coverage data", cure: 'Write a profile: go tool covdata textfmt -i=<folder> -o=<file>' },
  { start: '\0cvm', what: "Go's coverage data", cure: 'Write a profile: go tool covdata textfmt -i=<folder> -o=<file>' },
  { start: 'adcg', what: "gcc's data file", cure: 'Write lcov: lcov --capture --directory <folder> --output-file <file>' },
]

/** What a file that is no text is; undefined where it is text, or might be. */
export function binaryKind(bytes: Uint8Array): { what: string; cure: string } | undefined {
  const start = Buffer.from(bytes.subarray(0, 4096))
  const known = BINARIES.find((kind) => start.subarray(0, kind.start.length).equals(Buffer.from(kind.start, 'latin1')))
  if (known !== undefined) return known
  const utf16 = /^(?:\xff\xfe|\xfe\xff|<\0|\0<)/.test(start.toString('latin1', 0, 2))
  return !utf16 && start.includes(0) ? { what: 'binary', cure: `Give a report as ${READABLE}.` } : undefined
}
