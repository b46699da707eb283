import type { Measurement } from '@mayfly/core'
import { code, link, prose } from '../text.ts'
import { moment, readable, shortCommit } from '../words.ts'
import { anchor, commitLink } from './links.ts'
import { plural } from './words.ts'

/** The preview, the commit, the page and the run: where a reviewer goes from here. */
export function renderWhere(measurement: Measurement): string {
  const { url, revision, links, run } = measurement
  const page = links.page ?? links.artifact
  const parts = [
    url === '' ? '' : `**${link(readable(url), url)}**`,
    revision === '' ? '' : `commit ${commitLink(measurement, revision)}`,
    page === undefined ? '' : anchor('report', page),
    anchor('run', run.url),
  ]
  return parts.filter((part) => part !== '').join(' · ')
}

/** One sentence: what this is compared with and how far off it lies, or why there is nothing. */
export function baseSentence({ base }: Measurement): string {
  if (base.kind === 'none') return `No base yet: ${prose(base.why, 200)}`
  const commit = code(shortCommit(base.commit))
  if (base.distance === 0) return `Base is the merge base ${commit}.`
  return `Base is ${commit}, ${plural(base.distance, 'commit')} before the merge base ${code(shortCommit(base.mergeBase))}.`
}

/** Base, time, run and attempt, in small print. */
export function renderFooter(measurement: Measurement): string {
  const { environment, revision, at, run } = measurement
  const written = `${code(environment, 80)} · measured at ${code(shortCommit(revision))} on ${prose(moment(at), 80)}`
  return `<sub>${baseSentence(measurement)}<br>${written} · run ${run.id}, attempt ${run.attempt}</sub>`
}
