import type { Measurement } from '@mayfly/core'
import { plural, verdictOf } from '../measured.ts'
import { moment, readable, shortCommit } from '../words.ts'
import { headline } from './headline.ts'
import { type Html, html, NOTHING, type Part } from './html.ts'
import { commitLink, isWebUrl, webLink } from './links.ts'
import { sign, type Tone } from './parts.ts'
import { visibleLine } from './visible.ts'

const TONES = { failed: 'bad', warned: 'warn', unknown: 'quiet', passed: 'good' } as const satisfies Record<string, Tone>
const WORDS = { failed: 'Failed', warned: 'Warned', unknown: 'Not known', passed: 'Passed' } as const

/** Verdict and headline, then where to go: the preview, the commit, the base, the run. */
export function renderHeader(measurement: Measurement): Html {
  const verdict = verdictOf(measurement)
  const { repository, pullRequest, revision, environment, url, run, at } = measurement
  const facts: [string, Part][] = [
    ['Commit', revision === '' ? NOTHING : commitLink(measurement, revision)],
    ['Compared with', renderBase(measurement)],
    // Outside a run of the server it is 0.
    ['Run', run.id === 0 ? NOTHING : webLink(`${run.id}, attempt ${run.attempt}`, run.url)],
    ['Measured', html`<time datetime="${visibleLine(at, 40)}">${visibleLine(moment(at), 60)}</time>`],
    ['Environment', html`<code>${visibleLine(environment, 80)}</code>`],
  ]
  return html`<header class="top ${TONES[verdict]}">
<p class="where">${pullRequestLink(measurement, visibleLine(repository, 140), pullRequest)}</p>
<h1>${justProfile(measurement) ? '' : sign(TONES[verdict], WORDS[verdict])}<span>${headline(measurement)}</span></h1>
${isWebUrl(url) ? html`<p class="preview">${webLink(html`${visibleLine(readable(url), 200)}`, url)}</p>` : ''}
<dl class="facts">${facts.map(([name, value]) => value !== NOTHING && html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</header>
`
}

function pullRequestLink({ links, repository }: Measurement, name: string, pullRequest: number | undefined): Html {
  if (pullRequest === undefined) return html`${name}`
  const label = html`${name} <span class="pull">#${pullRequest}</span>`
  return /^[\w.-]+\/[\w.-]+$/.test(repository)
    ? webLink(label, `${links.server.replace(/\/+$/, '')}/${repository}/pull/${pullRequest}`)
    : label
}

/** What this is compared with and how far off it lies, or why there is nothing. */
function renderBase(measurement: Measurement): Html {
  const { base } = measurement
  if (base.kind === 'none') return html`nothing yet: ${visibleLine(base.why, 300)}`
  if (base.distance === 0) return html`${commitLink(measurement, base.commit)}, the merge base`
  const away = `${plural(base.distance, 'commit')} before the merge base ${shortCommit(base.mergeBase)}`
  return html`${commitLink(measurement, base.commit)}, ${visibleLine(away, 80)}`
}

/** A profile that was asked for by itself passes nothing and fails nothing. */
function justProfile({ tests, coverage, latency, gates, profiles }: Measurement): boolean {
  return profiles.length > 0 && gates.length === 0 && [tests, coverage, latency].every((part) => part === undefined)
}
