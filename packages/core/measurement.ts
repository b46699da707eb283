/**
 * What was measured of one environment at one commit. It is plain JSON and all that is told is rendered from it alone:
 * the comment, the summary, the check and the page. It travels between jobs as a file, and the one of a base commit is
 * what a later commit is compared with.
 */
export interface Measurement {
  schema: 1
  /** `owner/name`. */
  repository: string
  /** Absent on a push. */
  pullRequest?: number
  /** The commit that ran while it was measured: the pull request's head. */
  revision: string
  /** The environment's id. */
  environment: string
  /** Where its default service answers; empty where nothing is reached from outside. */
  url: string
  run: { id: number; attempt: number; url: string }
  /** ISO 8601. */
  at: string
  base: Base
  services: ServiceMeasured[]
  tests?: TestsMeasured
  coverage?: CoverageMeasured
  latency?: LatencyMeasured
  profiles: ProfileMeasured[]
  gates: Gate[]
  /** What could not be done or is not known, and what would cure it. */
  degraded: Degraded[]
  links: {
    /** The page, beside the preview. */
    page?: string
    /** The page, as an artifact of the run. */
    artifact?: string
    /** The server that commits and files are linked to, such as `https://github.com`. */
    server: string
  }
}

/** What this is compared with. `distance`: how many commits before the merge base it lies; 0 is the merge base itself. */
export type Base =
  | { kind: 'none'; why: string }
  | { kind: 'found'; commit: string; mergeBase: string; distance: number; from: 'cache' | 'artifact' | 'branch' | 'file' }

export interface ServiceMeasured {
  name: string
  /** `name@version`. */
  artifact: string
  /** `sha256:...`. */
  digest: string
  /** `measured`: it gave coverage; `silent`: it should have and did not; `not asked`: nothing says how, or it is none of ours. */
  coverage: 'measured' | 'silent' | 'not asked'
  /** Why it is silent or was not asked; how its coverage came otherwise. One sentence. */
  why: string
  /** How often it ended by itself while the tests ran. */
  deaths: number
}

export interface Degraded {
  /** Such as `check run`. */
  what: string
  why: string
  /** The line to add or change; empty where there is none. */
  cure: string
}

/** So many of so many. A total of 0 is "nothing to cover" and never 100 %. */
export interface Ratio {
  covered: number
  total: number
}

/** First and last line, both counted, 1-based. */
export type LineRange = [first: number, last: number]

// ---- tests

export interface TestsMeasured {
  total: number
  passed: number
  failed: number
  skipped: number
  /** Passed, but only when tried again; among `passed`. */
  flaky: number
  milliseconds: number
  /** The base's counts; absent where it has no tests. */
  base?: { total: number; passed: number; failed: number; skipped: number }
  /** How the commands ended that ran them, one each. */
  commands: TestCommand[]
  /** The report files that were read, relative to where the tests ran, and how many tests each held. */
  reports: { path: string; format: string; tests: number }[]
  failures: FailedTest[]
  /** Ids of tests that the base does not have, does not have any more, and did run there but are skipped now. Empty without a base. */
  added: string[]
  removed: string[]
  newlySkipped: string[]
  /** Ids of tests that failed on the base and pass now. */
  fixed: string[]
  flakyTests: { id: string; retries: number; base?: BaseHistory }[]
  /** The slowest ten. */
  slowest: { id: string; milliseconds: number }[]
  /** Every test's id and how it ended: what the next measurement compares with. `~` is flaky. */
  outcomes: Record<string, TestOutcome>
}

export type TestOutcome = 'passed' | 'failed' | 'skipped' | 'flaky'

export interface TestCommand {
  /** Where: `runner`, or the Compose service's name. */
  where: string
  /** Null: it was ended by a signal. */
  exitCode: number | null
  /** It did not end by itself within the limit, in milliseconds, and was ended. */
  timedOut?: number
  milliseconds: number
  /** Its last lines. Hostile text. */
  tail: string
}

export interface FailedTest {
  /** The suite's names and its own, joined by ` › `; the same test has the same id in every run. */
  id: string
  /** Path in the repository, where it is known. */
  file?: string
  line?: number
  milliseconds?: number
  /** The first line says what is wrong. Hostile text, as all that follows. */
  message: string
  /** The stack and whatever else the report holds. */
  details: string
  /** How it ended on the base; absent where there is no base or the base does not have it. */
  base?: BaseHistory
  /** What each service wrote around it, by service; only those that wrote anything. */
  logs: { service: string; lines: string }[]
  /** Screenshots, traces and the like. `url`: where they open; absent: they could not be put anywhere. */
  attachments: { name: string; kind: 'image' | 'trace' | 'video' | 'other'; url?: string }[]
}

export interface BaseHistory {
  outcome: TestOutcome
  /** In how many of the last so many runs of the base's branch it failed or was flaky. */
  failed: number
  flaky: number
  runs: number
}

// ---- coverage

export interface CoverageMeasured {
  /** Whose coverage it is; a line's mask has bit `i` set where `sources[i]` reached it. At most 31. */
  sources: CoverageSource[]
  lines: Ratio
  branches: Ratio
  /** In order of path. */
  files: FileMeasured[]
  patch: Patch
  /** Lines outside the diff that were reached on the base and are not any more; in sources measured on both sides. */
  lost: { path: string; lines: LineRange[] }[]
  /** Undefined: nothing to compare with. Only sources on both sides count. `why` where it is not comparable. */
  base?: { lines: Ratio; head: Ratio; sources: string[] }
  /** What was reported but belongs to no file of the repository, by source; at most 20 paths each. */
  unmapped: { source: string; path: string; why: string }[]
}

export interface CoverageSource {
  /** The service's name, `tests` or `browser`. */
  name: string
  kind: 'service' | 'tests' | 'browser'
  /** How it came: `v8`, `lcov`, `cobertura`, ... */
  format: string
  lines: Ratio
  patch: Ratio
  /** Lines that nothing else reached. */
  only: number
  /** The base's, where it was measured there. */
  base?: Ratio
}

export interface FileMeasured {
  /** In the repository. */
  path: string
  lines: Ratio
  branches?: Ratio
  /** Runs of coverable lines, flat: first line, how many, mask of the sources that reached them (0: none did). */
  runs: number[]
  /** Changed lines of it that are coverable, and those of them that nothing reached. Absent: not changed. */
  patch?: { lines: Ratio; missed: LineRange[] }
  base?: Ratio
}

export interface Patch {
  lines: Ratio
  /** Changed source files that nothing measured. */
  blind: { path: string; why: string }[]
}

// ---- latency

export interface LatencyMeasured {
  /** Always false: a process that gathers coverage or profiles is not timed. */
  instrumented: false
  services: ColdStart[]
  routes: RouteLatency[]
  /** How the base was measured: beside this one in the same run, or in an earlier run of its own. */
  compared?: 'same run' | 'earlier run'
}

export interface ColdStart {
  service: string
  /** From the container's start to its first healthy answer, in milliseconds. */
  healthy?: number
  /** The first request after that, through the gateway, in milliseconds. */
  first?: number
  base?: { healthy?: number; first?: number }
}

export interface RouteLatency {
  /** Such as `GET /api/prices`. */
  route: string
  service: string
  samples: number
  /** Answers that were no 2xx or 3xx. */
  errors: number
  /** Milliseconds. */
  p50: number
  p95: number
  /** How far p50 moves between parts of the same run: half the width of the noise band, in milliseconds. */
  noise: number
  base?: { samples: number; p50: number; p95: number; noise: number }
  /** `same`: within the noise band. Absent without a base. */
  verdict?: 'faster' | 'slower' | 'same'
}

// ---- profiles

export interface ProfileMeasured {
  service: string
  kind: 'cpu' | 'heap'
  /** Of the time it covers, or bytes sampled. */
  milliseconds: number
  /** Samples taken (cpu) or bytes (heap). */
  total: number
  /** The call tree, heaviest first, without what is under 0.1 %. */
  root: Frame
}

export interface Frame {
  /** Function name; `(root)`, `(program)` and `(garbage collector)` as V8 names them. */
  name: string
  /** Path in the repository, or what the engine calls it (`node:internal/...`). */
  file: string
  line: number
  /** Samples or bytes in it alone. */
  self: number
  /** In it and in all that it called. */
  total: number
  children: Frame[]
}

// ---- gates

export interface Gate {
  /** Such as `patch coverage`. */
  name: string
  /** `unknown`: it could not be measured. */
  outcome: 'passed' | 'warned' | 'failed' | 'unknown'
  /** One sentence with the number and the bar. */
  message: string
  /** Where the bar is changed, such as `the input min-patch-coverage`. */
  where: string
}
