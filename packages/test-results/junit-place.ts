import { type Attributes, attribute, type SuiteElement } from './junit-element.ts'

/** Where a test stands. */
export interface Place {
  suite: string[]
  outer: string[]
  name: string
  file?: string
  line?: number
}

/**
 * Names a test as the tool that wrote the report does: by its class where there is one, by its file and titles for
 * Playwright and Vitest, by its suites for the rest. Suites around a class are often a project's or a machine's and differ
 * from run to run, so they count only where tests would otherwise be the same.
 * @param suites the open ones, from the outermost.
 */
export function placeOf(attributes: Attributes, suites: readonly SuiteElement[]): Place {
  const names = namesOf(suites)
  const name = attribute(attributes, 'name') ?? ''
  const own = attribute(attributes, 'classname', 'class', 'className')
  const place =
    own !== undefined && own === names.at(-1) && SCRIPT.test(own) ? byFile(name, own, suites) : byClass(name, own, names)
  const file = attribute(attributes, 'file', 'filepath') ?? place.file ?? suiteFile(suites)
  const line = lineOf(attributes, names)
  return { ...place, ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line }) }
}

export function namesOf(suites: readonly SuiteElement[]): string[] {
  return suites.filter(({ named }) => named).flatMap(({ attributes }) => attribute(attributes, 'name') ?? [])
}

const SCRIPT = /\.[cm]?[jt]sx?$/

/** Playwright and Vitest put the file where others have the class, and the titles in the name. */
function byFile(name: string, file: string, suites: readonly SuiteElement[]): Place {
  const titles = name.split(name.includes(' › ') ? ' › ' : ' > ')
  // Playwright's `hostname` is the project, such as chromium; everybody else's is the machine.
  const playwright = suites[0]?.named === false && suites[0].attributes.id !== undefined
  const project = playwright ? attribute(suites.at(-1)?.attributes ?? {}, 'hostname') : undefined
  return {
    suite: [...(project === undefined ? [] : [project]), file, ...titles.slice(0, -1)],
    outer: [],
    name: titles.at(-1) ?? name,
    file,
  }
}

function byClass(name: string, own: string | undefined, names: string[]): Place {
  if (isNodes(own, names)) return { suite: names.map(unescaped), outer: [], name: unescaped(name) }
  // Mocha's and Jest's reporters repeat the title.
  const none = own === undefined || name.endsWith(own)
  return none ? { suite: names, outer: [], name: withoutSuite(name, names.at(-1)) } : { suite: [own], outer: names, name }
}

/** Jest's and Mocha's reporters put the suite in front of the name. */
function withoutSuite(name: string, suite: string | undefined): string {
  return suite !== undefined && name.startsWith(`${suite} `) ? name.slice(suite.length + 1) : name
}

/** node writes its suites with dots between, `test` outside of them; until version 22 `test` for all. */
export function isNodes(own: string | undefined, names: readonly string[]): boolean {
  return own === 'test' || own === 'suite' || (names.length > 0 && own === names.join('.'))
}

/** node escapes quotes twice (lib/internal/test_runner/reporter/junit.js), so that names differ from those in its other reports. */
function unescaped(name: string): string {
  return name.replaceAll('&quot;', '"')
}

function suiteFile(suites: readonly SuiteElement[]): string | undefined {
  return suites.flatMap(({ attributes }) => attribute(attributes, 'file', 'filepath') ?? []).at(-1)
}

function lineOf(attributes: Attributes, names: readonly string[]): number | undefined {
  const text = attribute(attributes, 'line', 'lineno') ?? ''
  if (!/^\d{1,8}$/.test(text)) return undefined
  // pytest counts from 0 here (its junitxml writes `location[1]` as it is).
  const line = Number(text) + (names.at(-1) === 'pytest' ? 1 : 0)
  return line > 0 ? line : undefined
}
