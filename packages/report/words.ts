import { formatMilliseconds, type Phase, type Removed, type Result } from '@mayfly/core'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = 'January February March April May June July August September October November December'.split(' ')

/** `Sunday 29 November 2026, 12:00 UTC`. Written out here: a runtime's own words for dates change between versions. */
export function moment(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  const [day, month] = [DAYS[date.getUTCDay()], MONTHS[date.getUTCMonth()]]
  return `${day} ${date.getUTCDate()} ${month} ${date.getUTCFullYear()}, ${date.toISOString().slice(11, 16)} UTC`
}

/** `3 containers, 1 network`; empty where there was nothing. */
export function counts(removed: Removed): string {
  const { containers, networks, volumes, routes, images } = removed
  return Object.entries({ container: containers, network: networks, volume: volumes, route: routes, image: images })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}${count === 1 ? '' : 's'}`)
    .join(', ')
}

/** `Build 12.3 s`, each phase. */
export function durations(phases: readonly Phase[]): string[] {
  return phases.map(({ name, milliseconds }) => `${name} ${formatMilliseconds(milliseconds)}`)
}

/** Where a reader goes first: the environment's own host name; else the shortest URL there is. */
export function mainUrl({ environment, services }: Result): string | undefined {
  const urls = services.flatMap((service) => service.urls).toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))
  return urls.find((url) => URL.parse(url)?.hostname.startsWith(`${environment}.`)) ?? urls[0]
}

/** A URL as it is read: without its scheme, without an empty path. */
export function readable(url: string): string {
  return url.replace(/^https?:\/\//, '').replace(/\/$/, '')
}

export function shortCommit(revision: string): string {
  return revision.slice(0, 7)
}

/** `sha256:` and the first twelve digits, as the docker command shows it. */
export function shortDigest(digest: string): string {
  return digest.replace(/^(sha\d+:[0-9a-f]{12})[0-9a-f]+$/, '$1')
}
