import type { Measurement } from '@mayfly/core'
import { type Html, html } from './html.ts'

/** Links to the sections that there are. */
export function renderNavigation(measurement: Measurement): Html {
  const { tests, coverage, latency, profiles, services, degraded, gates } = measurement
  const some = [tests, coverage, latency].some((part) => part !== undefined) || gates.length > 0
  const all: [id: string, name: string, there: boolean][] = [
    ['overview', 'Overview', some],
    ['tests', 'Tests', tests !== undefined],
    ['coverage', 'Coverage', coverage !== undefined],
    ['latency', 'Latency', latency !== undefined],
    ['profiles', 'Profiles', profiles.length > 0],
    ['services', 'Services', services.length > 0],
    ['degraded', 'Not measured', degraded.length > 0],
  ]
  const links = all.flatMap(([id, name, there]) => (there ? [html`<li><a href="#${id}">${name}</a></li>`] : []))
  return html`<nav aria-label="Sections"><ul>${links}</ul></nav>`
}
