import type { Measurement } from '@mayfly/core'
import { listed, openGates, percent, plural, testsTitle } from '../measured.ts'
import { visibleLine } from './visible.ts'

/** `1 of 84 tests failed, patch coverage 91.7 %`: what the comment is headed with, as plain text. */
export function headline(measurement: Measurement): string {
  const { tests, coverage } = measurement
  const missed = openGates(measurement).filter(({ outcome, name }) => outcome === 'failed' && name !== 'tests')
  const share = coverage?.patch.lines.total === 0 ? coverage.lines : coverage?.patch.lines
  const parts = [
    tests === undefined ? '' : testsTitle(tests),
    coverage === undefined || share === undefined
      ? ''
      : `${share === coverage.lines ? 'coverage' : 'patch coverage'} ${percent(share)}`,
    missed.length === 0 ? '' : `${plural(missed.length, 'bar')} missed`,
  ].filter((part) => part !== '')
  const said = parts.length === 0 ? alone(measurement) : parts.join(', ')
  // A number and its sign stay on one line.
  return (said.charAt(0).toUpperCase() + said.slice(1)).replace(/ %/g, '\u00a0%')
}

/** A profile that was asked for by itself is all there is. */
function alone({ profiles }: Measurement): string {
  const names = [...new Set(profiles.map(({ service }) => visibleLine(service, 60)))]
  return names.length === 0 ? 'Nothing was measured' : `${profiles.length === 1 ? 'Profile' : 'Profiles'} of ${listed(names, 3)}`
}
