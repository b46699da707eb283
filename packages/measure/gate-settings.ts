import { UserError } from '@mayfly/core'

/** What becomes of a bar that is missed: nothing, a word, or a failed run. */
export type GateLevel = 'off' | 'warn' | 'fail'

/** One bar. `where`: where it is changed, such as `the input gates, line 2`. */
export type GateSetting = { level: GateLevel; where: string } & (
  | { kind: 'tests' | 'new-flaky' | 'silent-services' }
  /** In percent. */
  | { kind: 'patch-coverage' | 'project-coverage'; least: number }
  /** In percentage points. */
  | { kind: 'coverage-drop'; most: number }
  /** In milliseconds; of one route (`GET /api/prices`), or of each. */
  | { kind: 'p95'; most: number; route?: string }
)

export type GateSettings = readonly GateSetting[]

const NUMBER = '(\\d{1,9}(?:\\.\\d{1,6})?)'
const LEVEL = '(off|warn|fail)'
const PLAIN = new RegExp(`^(tests|new-flaky|silent-services)\\s+${LEVEL}$`)
const LEAST = new RegExp(`^(patch-coverage|project-coverage)\\s*>=\\s*${NUMBER}\\s*%\\s+${LEVEL}$`)
const DROP = new RegExp(`^coverage-drop\\s*<=\\s*${NUMBER}\\s*%\\s+${LEVEL}$`)
const P95 = new RegExp(`^p95(?:\\s+((?:GET|HEAD)\\s+\\S+))?\\s*<=\\s*${NUMBER}\\s*(ms|s)\\s+${LEVEL}$`)

/** By the first word of a line: how it is written. */
const FORMS: Record<string, string> = {
  tests: 'tests fail',
  'new-flaky': 'new-flaky warn',
  'silent-services': 'silent-services warn',
  'patch-coverage': 'patch-coverage >= 80% fail',
  'project-coverage': 'project-coverage >= 70% warn',
  'coverage-drop': 'coverage-drop <= 1% warn',
  p95: 'p95 <= 300ms warn, or p95 GET /path <= 300ms warn',
}

/**
 * Reads bars, one a line, such as `patch-coverage >= 80% fail`; blank lines and those that begin with `#` say nothing.
 * Failed tests fail unless a line says otherwise.
 * @param field what is read, for messages: `the input gates`.
 * @throws UserError naming the line and how it is written.
 */
export function parseGates(text: string, field: string): GateSettings {
  const settings: GateSetting[] = []
  const seen = new Map<string, number>()
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const setting = parseLine(line, index + 1, field)
    const subject = setting.kind === 'p95' && setting.route !== undefined ? `p95 ${setting.route}` : setting.kind
    const before = seen.get(subject)
    if (before !== undefined) {
      throw new UserError(`Lines ${before} and ${index + 1} of ${field} both speak of ${subject}.`, {
        cure: 'Remove one of them.',
      })
    }
    seen.set(subject, index + 1)
    settings.push(setting)
  }
  if (seen.has('tests')) return settings
  return [{ kind: 'tests', level: 'fail', where: `${field}, with the line tests warn` }, ...settings]
}

function parseLine(line: string, number: number, field: string): GateSetting {
  const where = `${field}, line ${number}`
  const setting = plain(line, where) ?? least(line, where) ?? drop(line, where) ?? p95(line, where)
  if (setting === undefined)
    throw new UserError(`Line ${number} of ${field}, "${shown(line)}", is no gate.`, { cure: cureOf(line) })
  if ('least' in setting && setting.least > 100) {
    throw new UserError(`Line ${number} of ${field} asks for ${setting.least} %, which nothing can reach.`, {
      cure: 'Write a bar from 0 to 100.',
    })
  }
  return setting
}

function plain(line: string, where: string): GateSetting | undefined {
  const [, kind, level] = PLAIN.exec(line) ?? []
  if (kind !== 'tests' && kind !== 'new-flaky' && kind !== 'silent-services') return undefined
  return { kind, level: levelOf(level), where }
}

function least(line: string, where: string): GateSetting | undefined {
  const [, kind, number, level] = LEAST.exec(line) ?? []
  if (kind !== 'patch-coverage' && kind !== 'project-coverage') return undefined
  return { kind, least: Number(number), level: levelOf(level), where }
}

function drop(line: string, where: string): GateSetting | undefined {
  const [, number, level] = DROP.exec(line) ?? []
  return number === undefined ? undefined : { kind: 'coverage-drop', most: Number(number), level: levelOf(level), where }
}

function p95(line: string, where: string): GateSetting | undefined {
  const [, route, number, unit, level] = P95.exec(line) ?? []
  if (number === undefined) return undefined
  const setting = { kind: 'p95' as const, most: Number(number) * (unit === 's' ? 1000 : 1), level: levelOf(level), where }
  return route === undefined ? setting : { ...setting, route: route.replace(/\s+/, ' ') }
}

function levelOf(word: string | undefined): GateLevel {
  return word === 'warn' || word === 'off' ? word : 'fail'
}

/** The way the line's own gate is written; where even that is not known, all of them. */
function cureOf(line: string): string {
  const word = /^[a-z0-9-]+/.exec(line)?.[0] ?? ''
  const form = Object.hasOwn(FORMS, word) ? FORMS[word] : undefined
  return form === undefined
    ? `Begin it with one of ${Object.keys(FORMS).join(', ')}, and end it with fail, warn or off.`
    : `Write it as ${form}; the last word is fail, warn or off.`
}

function shown(line: string): string {
  return line.length > 100 ? `${line.slice(0, 100)}…` : line
}
