import { BOUNDS } from './bounds.ts'
import { type FoundTest, foundTest } from './model.ts'
import { readDiagnostics, withDiagnostics } from './tap-yaml.ts'

/** One document of TAP or one subtest. Its title is known only once the test that it belongs to follows (or went before). */
export interface Level {
  indent: number
  parent: Level | undefined
  title: string
  planned: number | undefined
  /** Test lines of its own. */
  seen: number
  failed: number
}

/** A test line, until what follows shows what it is. */
export interface Pending {
  test: FoundTest
  level: Level
  /** The subtests that ran for it. */
  children: Level | undefined
  yaml: string[]
}

export function newLevel(indent: number, parent: Level | undefined): Level {
  return { indent, parent, title: '', planned: undefined, seen: 0, failed: 0 }
}

/** Puts a test where it belongs, once all is known of it; one that only sums up its subtests is left out. */
export function settlePending({ test, level, children, yaml }: Pending, put: (test: FoundTest, at: Level) => void): void {
  const type = yaml.length === 0 ? undefined : readDiagnostics(yaml).get('type')
  const full = yaml.length === 0 ? test : withDiagnostics(test, yaml)
  const onlySumsUp = type === 'suite' || (type === undefined && children !== undefined && children.seen > 0)
  const explained = full.status !== 'failed' || (children?.failed ?? 0) > 0
  if (onlySumsUp && explained) {
    if (full.status === 'failed') level.failed++
    return
  }
  put(full, level)
}

/** A plan that was not kept is a failure: tests that were never run cannot have passed. */
export function checkPlan(
  level: Level,
  put: (test: FoundTest, at: Level) => void,
  notices: string[],
  name: string,
  needed = false,
): void {
  const { planned, seen } = level
  if (planned === seen || (planned === undefined && !needed)) return
  const message =
    planned === undefined
      ? `It ends without a plan, after ${seen} tests: the run was ended before it was done.`
      : `${planned} tests were planned, but ${seen} ran.`
  if (notices.length < BOUNDS.notices) notices.push(`${name}: ${message}`)
  put({ ...foundTest([], '(the plan)', 'failed'), message }, level)
}

/** The titles from the outermost. */
export function pathOf(level: Level): string[] {
  const path: string[] = []
  for (let at: Level | undefined = level; at !== undefined && path.length < BOUNDS.suites; at = at.parent) {
    if (at.title !== '') path.push(at.title)
  }
  return path.reverse()
}
