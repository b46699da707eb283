import { BOUNDS, boundedNames, keeper } from './bounds.ts'
import { type FoundTest, type FoundTests, foundTest } from './model.ts'
import { checkPlan, type Level, newLevel, type Pending, pathOf, settlePending } from './tap-level.ts'
import { type TapLine, tapLine } from './tap-line.ts'
import { linesOf } from './text.ts'

/** A version, a plan or a test among the first lines. */
export function looksLikeTap(text: string): boolean {
  return text
    .slice(0, 100_000)
    .split(/\r?\n/, 1000)
    .some((line) => /^(TAP version \d+|1\.\.\d+( #.*)?|(not )?ok \d+.*|(not )?ok( - .*)?)\s*$/.test(line))
}

type TestLine = Extract<TapLine, { kind: 'test' }>

/**
 * Reads TAP 12 to 14 with subtests and diagnostics. A test that only sums up its subtests is no test, unless it says (as
 * node does) that it is one, or fails although none of them did.
 */
export function readTap(text: string, name: string): FoundTests {
  const kept = keeper(name)
  const reader = tapReader(kept.keep, name)
  for (const line of linesOf(text)) reader.line(line)
  reader.end()
  return { tests: kept.tests, notices: [...reader.notices, ...kept.notices()], repeated: 'test', fileTells: false }
}

function tapReader(keep: (test: FoundTest) => FoundTest, name: string) {
  const notices: string[] = []
  const placed: { test: FoundTest; level: Level }[] = []
  let level = newLevel(0, undefined)
  let pending: Pending | undefined
  let yaml: { end: string; indent: number; size: number } | undefined
  /** Tests whose subtests follow in braces. */
  let braces: { level: Level; pending: Pending }[] = []
  let bailed = false
  /** Whether comments are titles; not known before the first one. */
  let titled: boolean | undefined
  let title = ''

  const put = (test: FoundTest, at: Level): void => {
    if (test.status === 'failed') at.failed++
    placed.push({ test: keep(test), level: at })
  }
  const settle = (): void => {
    if (pending !== undefined) settlePending(pending, put)
    pending = undefined
  }
  const closeTo = (indent: number): Level | undefined => {
    let child: Level | undefined
    while (level.indent > indent && level.parent !== undefined) {
      checkPlan(level, put, notices, name)
      child = level
      level = level.parent
    }
    return child
  }
  const goTo = (indent: number): void => {
    settle()
    closeTo(indent)
    if (level.indent < indent) level = newLevel(indent, level)
  }
  const test = (line: TestLine): void => {
    settle()
    const children = closeTo(line.indent)
    if (level.indent < line.indent) level = newLevel(line.indent, level)
    level.seen++
    titled ??= false
    const found = testOf(line, level.seen)
    if (title !== '' && level.parent === undefined) found.suite = [title]
    if (children !== undefined) {
      children.title = found.name
      children.parent = level
    }
    pending = { test: found, level, children, yaml: [] }
    if (!line.opens) return
    level = { ...newLevel(line.indent + 1, level), title: found.name }
    pending.children = level
    braces.push({ level, pending })
    pending = undefined
  }
  const closeBrace = (indent: number): void => {
    settle()
    closeTo(indent)
    const own = braces.at(-1)
    if (own?.level.indent !== indent + 1) return
    braces.pop()
    settlePending(own.pending, put)
  }
  /**
   * tape writes each test's title as a comment before its assertions, and nothing else says whose they are. Only where the
   * document begins with one, that is no announcement of a subtest, are comments titles: elsewhere tests print them.
   */
  const comment = (text: string, indent: number): void => {
    if (indent > 0 || level.parent !== undefined) return
    titled ??= level.seen === 0 && !/^Subtest\b/.test(text)
    if (!titled || SUMMARY.test(text)) return
    settle()
    title = text
  }
  const finish = (): void => {
    settle()
    const orphans = closeTo(0) !== undefined
    for (const own of braces) settlePending(own.pending, put)
    if (!bailed) checkPlan(level, put, notices, name, level.seen > 0 || orphans)
    braces = []
    level = newLevel(0, undefined)
    bailed = false
    titled = undefined
    title = ''
  }

  return {
    notices,
    line(line: string): void {
      if (yaml !== undefined) {
        if (line.trimEnd() === yaml.end) yaml = undefined
        else keepDiagnostic(yaml, line, pending)
        return
      }
      const start = pending !== undefined && /^( +)---\s*$/.exec(line)
      if (start) {
        const indent = start[1]?.length ?? 0
        yaml = { end: `${' '.repeat(indent)}...`, indent, size: 0 }
        return
      }
      const said = tapLine(line)
      if (said.kind === 'test') test(said)
      else if (said.kind === 'plan') {
        goTo(said.indent)
        level.planned = (level.planned ?? 0) + said.count
        if (said.skipped !== undefined && said.indent === 0)
          notices.push(`${name} was skipped as a whole: ${said.skipped.slice(0, 1000)}`)
      } else if (said.kind === 'bail') {
        settle()
        bailed = true
        put({ ...foundTest([], 'Bail out!', 'failed'), message: said.reason || 'The run gave up without a reason.' }, level)
      } else if (said.kind === 'version' && level.seen > 0) finish()
      else if (said.kind === 'comment') comment(said.text, said.indent)
      else if (said.kind === 'close') closeBrace(said.indent)
    },
    end(): void {
      finish()
      // Only now every level has its title.
      for (const { test, level } of placed) test.suite = boundedNames([...pathOf(level), ...test.suite])
    },
  }
}

function keepDiagnostic(yaml: { indent: number; size: number }, line: string, pending: Pending | undefined): void {
  yaml.size += line.length + 1
  if (yaml.size < BOUNDS.details) pending?.yaml.push(line.slice(yaml.indent))
}

/** What tape says at the end, and of what it skips. */
const SUMMARY = /^(?:tests|pass|fail|skip|todo)\s+\d+$|^ok$|^(?:SKIP|TODO)\b/

function testOf({ ok, name, number, directive }: TestLine, seen: number): FoundTest {
  const status = directive.word !== undefined ? 'skipped' : ok ? 'passed' : 'failed'
  return {
    ...foundTest([], name || `test ${number || seen}`, status),
    message: directive.reason,
    ...(directive.milliseconds === undefined ? {} : { milliseconds: directive.milliseconds }),
  }
}
