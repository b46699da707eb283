import type { LineRange, Measurement } from '@mayfly/core'
import { fileUrl, sizeOf } from '../measured.ts'
import { shortCommit } from '../words.ts'
import { type Html, html } from './html.ts'
import { visibleLine } from './visible.ts'

/** Plain http(s) without a user's name, a blank or a quote. */
const PLAIN = /^https?:\/\/[A-Za-z0-9.-]+(?::\d+)?(?:[/?#][A-Za-z0-9.:/_~%#?=&+,-]{0,1000})?$/

export function isWebUrl(url: string | undefined): url is string {
  return url !== undefined && PLAIN.test(url)
}

/** A link that opens beside the page, which may itself be inside a frame; plain text where the URL is not plain http(s). */
export function webLink(label: Html | string, url: string | undefined): Html {
  if (!isWebUrl(url)) return html`${label}`
  return html`<a href="${url}" target="_blank" rel="noopener noreferrer">${label}</a>`
}

/** The commit, short, linked to where it is shown. */
export function commitLink({ links, repository }: Measurement, commit: string): Html {
  const known = /^[0-9a-f]{7,64}$/.test(commit) && /^[\w.-]+\/[\w.-]+$/.test(repository)
  const url = known ? `${links.server.replace(/\/+$/, '')}/${repository}/commit/${commit}` : undefined
  return webLink(html`<code>${visibleLine(shortCommit(commit), 12)}</code>`, url)
}

/** A path, linked to the file at the measured commit; the script opens the file in the page where it has it. */
export function fileLink(measurement: Measurement, path: string, range?: LineRange): Html {
  const url = fileUrl(measurement, path, range)
  const label = html`<code class="path">${visibleLine(path, 400)}${range === undefined ? '' : `:${range[0]}`}</code>`
  if (!isWebUrl(url)) return label
  return html`<a href="${url}" target="_blank" rel="noopener noreferrer" data-file="${path}" data-line="${range?.[0] ?? 0}">${label}</a>`
}

/** `48–51`, linked to those lines. */
export function rangeLink(measurement: Measurement, path: string, range: LineRange): Html {
  const label = sizeOf(range) === 1 ? String(range[0]) : `${range[0]}–${range[1]}`
  const url = fileUrl(measurement, path, range)
  if (!isWebUrl(url)) return html`<span class="range">${label}</span>`
  return html`<a class="range" href="${url}" target="_blank" rel="noopener noreferrer" data-file="${path}" data-line="${range[0]}">${label}</a>`
}
