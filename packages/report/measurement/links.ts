import type { LineRange, Measurement } from '@mayfly/core'
import { code, prose } from '../text.ts'
import { shortCommit } from '../words.ts'

/** Only what needs no escape in Markdown: no blank, no parenthesis, no quote, no angle bracket. */
const PLAIN = /^https?:\/\/[A-Za-z0-9.:/_~%#?=&+,-]{1,1000}$/

/** Markdown that is safe already, as a link; without one where the URL is not plain http(s). */
export function anchor(label: string, url: string | undefined): string {
  return url !== undefined && PLAIN.test(url) ? `[${label}](${url})` : label
}

/** Hostile text as a link. */
export function named(text: string, url: string | undefined): string {
  return anchor(prose(text, 200), url)
}

/** The commit, short, linked to where it is shown. */
export function commitLink(measurement: Measurement, commit: string): string {
  return anchor(code(shortCommit(commit)), fromHome(measurement, 'commit', commit))
}

/** Where a file of the measured commit is shown, at these lines; undefined where the path is none of the repository. */
export function fileUrl(measurement: Measurement, path: string, range?: LineRange): string | undefined {
  if (!isInside(path)) return undefined
  const url = fromHome(measurement, 'blob', measurement.revision)
  return url === undefined ? undefined : `${url}/${path.split('/').map(encode).join('/')}${at(range)}`
}

/** A file's path, linked to the file at the measured commit. */
export function fileLink(measurement: Measurement, path: string, line?: number): string {
  const label = code(line === undefined ? path : `${path}:${line}`)
  return anchor(label, fileUrl(measurement, path, line === undefined ? undefined : [line, line]))
}

/** `48–51`, linked to those lines. */
export function rangeLink(measurement: Measurement, path: string, range: LineRange): string {
  const [first, last] = range
  return anchor(first === last ? String(first) : `${first}–${last}`, fileUrl(measurement, path, range))
}

/** Relative, in Git's spelling, and never out of the repository. */
export function isInside(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (path.length > 1000 || /[\\\x00-\x1f\x7f]/.test(path)) return false
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')
}

function fromHome({ links, repository }: Measurement, kind: string, commit: string): string | undefined {
  if (!/^[0-9a-f]{7,64}$/.test(commit) || !/^[\w.-]+\/[\w.-]+$/.test(repository)) return undefined
  return `${links.server.replace(/\/+$/, '')}/${repository}/${kind}/${commit}`
}

function at(range: LineRange | undefined): string {
  if (range === undefined) return ''
  return range[0] === range[1] ? `#L${range[0]}` : `#L${range[0]}-L${range[1]}`
}

/** `encodeURIComponent` leaves what Markdown would read as the end of a link or as emphasis. */
function encode(segment: string): string {
  return encodeURIComponent(segment.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
