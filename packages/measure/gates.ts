import { formatMilliseconds, type Gate, type Measurement, percent, type Ratio } from '@mayfly/core'
import type { GateSetting, GateSettings } from './gate-settings.ts'
import { milliseconds, points } from './gate-words.ts'

type Measured = Omit<Measurement, 'gates'>

/** What a bar comes to, before its level says what that means. */
interface Finding {
  met: boolean | 'unknown'
  message: string
}

type Of<Kind extends GateSetting['kind']> = Extract<GateSetting, { kind: Kind }>

/**
 * Holds what was measured against the bars. What is exactly at the bar meets it; nothing is rounded before it is compared.
 * What could not be measured is `unknown` and fails nothing; that there is nothing to cover passes.
 */
export function evaluateGates(measurement: Measured, settings: GateSettings): Gate[] {
  return settings.flatMap((setting) => {
    const name = nameOf(setting)
    if (setting.level === 'off') {
      // Said, because failed tests that no gate speaks of fail the report.
      if (setting.kind !== 'tests') return []
      return [{ name, outcome: 'passed' as const, message: 'Tests are not a gate here.', where: setting.where }]
    }
    const { met, message } = judge(measurement, setting)
    const missed = setting.level === 'warn' ? ('warned' as const) : ('failed' as const)
    const outcome = met === 'unknown' ? ('unknown' as const) : met ? ('passed' as const) : missed
    return [{ name, outcome, message, where: setting.where }]
  })
}

function nameOf(setting: GateSetting): string {
  if (setting.kind === 'p95' && setting.route !== undefined) return `p95 ${setting.route}`
  return setting.kind.replaceAll('-', ' ')
}

function judge(measurement: Measured, setting: GateSetting): Finding {
  switch (setting.kind) {
    case 'tests':
      return tests(measurement)
    case 'new-flaky':
      return newFlaky(measurement)
    case 'silent-services':
      return silentServices(measurement)
    case 'patch-coverage':
      return patchCoverage(measurement, setting.least)
    case 'project-coverage':
      return projectCoverage(measurement, setting.least)
    case 'coverage-drop':
      return coverageDrop(measurement, setting.most)
    case 'p95':
      return p95(measurement, setting)
  }
}

/** No failed test, and every command ended well by itself: one that dies before its report is written failed too. */
function tests({ tests: measured }: Measured): Finding {
  if (measured === undefined) return { met: 'unknown', message: 'No tests were run.' }
  const { failed, total, commands } = measured
  if (failed > 0) return { met: false, message: `${failed} of ${total} ${total === 1 ? 'test' : 'tests'} failed; none may.` }
  for (const { where, exitCode, timedOut } of commands) {
    if (timedOut !== undefined) {
      return { met: false, message: `The tests' command (${where}) did not end within ${formatMilliseconds(timedOut)}.` }
    }
    if (exitCode !== 0) {
      const how = exitCode === null ? 'was ended by a signal' : `ended with ${exitCode}`
      return { met: false, message: `The tests' command (${where}) ${how}, though no report names a failed test.` }
    }
  }
  if (total > 0) return { met: true, message: `None of ${total} ${total === 1 ? 'test' : 'tests'} failed.` }
  if (commands.length === 0) return { met: 'unknown', message: 'No test was read.' }
  return { met: true, message: 'The tests ended well; no report names a single one.' }
}

/** Flaky here, and never so in the base's history. Without a history every flaky test counts as new. */
function newFlaky({ tests: measured }: Measured): Finding {
  if (measured === undefined) return { met: 'unknown', message: 'No tests were run.' }
  const fresh = measured.flakyTests.filter(({ base }) => base === undefined || base.flaky + base.failed === 0)
  const [first] = fresh
  if (first === undefined) return { met: true, message: 'No test became flaky.' }
  const more = fresh.length === 1 ? '' : ` and ${fresh.length - 1} more`
  return { met: false, message: `${first.id}${more} passed only when tried again, and did not do so on the base; none may.` }
}

function silentServices({ services }: Measured): Finding {
  const silent = services.filter(({ coverage }) => coverage === 'silent').map(({ name }) => name)
  if (silent.length > 0)
    return { met: false, message: `No coverage came from ${silent.join(', ')}; all that should give some must.` }
  const given = services.filter(({ coverage }) => coverage === 'measured').length
  if (given === 0) return { met: 'unknown', message: 'No service was asked for coverage.' }
  return { met: true, message: 'Every service that should gave coverage.' }
}

function patchCoverage({ coverage }: Measured, least: number): Finding {
  if (coverage === undefined) return { met: 'unknown', message: 'Patch coverage is not known: nothing gave coverage.' }
  const { lines, blind } = coverage.patch
  const unseen =
    blind.length === 0 ? '' : ` ${blind.length === 1 ? '1 changed file' : `${blind.length} changed files`} gave no coverage.`
  if (lines.total === 0 && blind.length > 0) return { met: 'unknown', message: `Patch coverage is not known.${unseen}` }
  if (lines.total === 0) return { met: true, message: 'Patch coverage: nothing to cover.' }
  return { met: reaches(lines, least), message: `${shareOf('Patch coverage', lines, least)}${unseen}` }
}

function projectCoverage({ coverage }: Measured, least: number): Finding {
  if (coverage === undefined) return { met: 'unknown', message: 'Project coverage is not known: nothing gave coverage.' }
  if (coverage.lines.total === 0) return { met: true, message: 'Project coverage: nothing to cover.' }
  return { met: reaches(coverage.lines, least), message: shareOf('Project coverage', coverage.lines, least) }
}

function shareOf(what: string, lines: Ratio, least: number): string {
  const unit = lines.total === 1 ? 'line' : 'lines'
  return `${what} is ${percent(lines)} (${lines.covered} of ${lines.total} ${unit}); the bar is ${least} %.`
}

/** Multiplied instead of divided: 4 of 5 is exactly 80 %. */
function reaches({ covered, total }: Ratio, least: number): boolean {
  return covered * 100 >= least * total
}

/** Among what both sides have measured. */
function coverageDrop({ coverage, base }: Measured, most: number): Finding {
  if (coverage?.base === undefined) {
    const why = base.kind === 'none' ? ` ${base.why}` : ''
    return { met: 'unknown', message: `Whether coverage fell is not known: there is nothing to compare with.${why}` }
  }
  const { head, lines } = coverage.base
  if (head.total === 0 || lines.total === 0) return { met: true, message: 'Coverage did not fall: nothing to cover.' }
  const fell = 100 * (lines.covered / lines.total - head.covered / head.total)
  const now = `from ${percent(lines)} to ${percent(head)}`
  // A difference of two quotients is off by less than a billionth.
  if (fell <= most + 1e-9) return { met: true, message: `Coverage went ${now}; it may fall by ${most} points.` }
  return { met: false, message: `Coverage fell by ${points(fell)} points, ${now}; it may fall by ${most}.` }
}

/** Of the one route, or of the slowest. */
function p95({ latency }: Measured, { most, route }: Of<'p95'>): Finding {
  const timed = (latency?.routes ?? []).filter((one) => one.samples > 0 && (route === undefined || one.route === route))
  const slowest = timed.toSorted((a, b) => b.p95 - a.p95)[0]
  if (slowest === undefined)
    return { met: 'unknown', message: `${route ?? 'No route'} was ${route === undefined ? '' : 'not '}timed.` }
  const over = timed.filter((one) => one.p95 > most).length
  const more = over > 1 ? ` ${over} of ${timed.length} routes are over it.` : ''
  const said = `The p95 of ${slowest.route} is ${milliseconds(slowest.p95)} (${slowest.samples} samples)`
  return { met: slowest.p95 <= most, message: `${said}; the bar is ${milliseconds(most)}.${more}` }
}
