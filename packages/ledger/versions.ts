import { UserError } from '@mayfly/core'
import semver from 'semver'

/** A semantic version exactly as semver.org writes it: no `v`, no blanks, nothing left out. Undefined for anything else. */
export function parseVersion(text: string): semver.SemVer | undefined {
  const parsed = semver.parse(text)
  if (parsed === null) return undefined
  const build = parsed.build.length > 0 ? `+${parsed.build.join('.')}` : ''
  return parsed.version + build === text ? parsed : undefined
}

/** A release is a semantic version that no build of a pull request or of a branch has (`1.4.3-pr.12.g1a2b3c4`, `1.4.3-dev.g1a2b3c4`). */
export function isReleaseVersion(version: string): boolean {
  const parsed = parseVersion(version)
  return parsed !== undefined && !/^(?:pr\.\d+|dev)\.g[0-9a-f]+/.test(parsed.prerelease.join('.'))
}

/** Orders versions by precedence (semver.org, 11); where only the build metadata differs, by that, so that a list has one order. */
export function compareVersions(a: string, b: string): number {
  return semver.compareBuild(a, b)
}

/** The highest of them; undefined of none. */
export function highestVersion(versions: readonly string[]): string | undefined {
  return [...versions].sort(compareVersions).at(-1)
}

/** What of an entry the rules look at. */
export interface Released {
  name: string
  version: string
}

/**
 * Checks that a version may be released after `released`, and returns it.
 *
 * One that is released already is let through: whether it is the same artifact is for the ledger to say. A new one must
 * be higher than the highest of its line `major.minor`; if it opens a line, than the highest of its major version; if it
 * opens that, than all. So old lines can be patched, and nobody falls back by mistake. Pre-releases are ordered among the
 * others (semver.org, 11). Build metadata orders nothing: a second build of the same version is refused.
 * @param field where the version stands, such as `web/package.json`.
 * @throws UserError that names what was found and what it would have to be.
 */
export function checkRelease(name: string, version: string | undefined, released: readonly Released[], field: string): string {
  const wanted = readVersion(version, field)
  const known = released.flatMap((entry) => {
    // What a pull request built says nothing about what has been released.
    const parsed = entry.name === name && isReleaseVersion(entry.version) ? parseVersion(entry.version) : undefined
    return parsed ? [{ text: entry.version, parsed }] : []
  })
  if (known.some(({ text }) => text === version)) return wanted.text
  const twin = known.find(({ parsed }) => semver.eq(parsed, wanted.parsed))
  if (twin !== undefined) {
    throw new UserError(`${field}: ${name}@${wanted.text} is the same version as ${twin.text}, which is released already.`, {
      cure: `What follows the "+" makes no other version. Raise it, for example to "version": "${nextAfter(twin.parsed)}".`,
    })
  }
  const { where, highest } = lineOf(wanted.parsed, known)
  if (highest !== undefined && semver.lt(wanted.parsed, highest.parsed)) {
    throw new UserError(`${field}: ${name}@${wanted.text} is lower than ${highest.text}, the highest released ${where}.`, {
      cure: `Raise it above that, for example to "version": "${nextAfter(highest.parsed)}".`,
    })
  }
  return wanted.text
}

interface Known {
  text: string
  parsed: semver.SemVer
}

function readVersion(version: string | undefined, field: string): Known {
  if (version === undefined || version === '') {
    throw new UserError(`"version" is missing in ${field}.`, { cure: 'Add a semantic version, for example "version": "1.0.0".' })
  }
  const parsed = parseVersion(version)
  if (parsed !== undefined) return { text: version, parsed }
  const near = semver.valid(version.trim(), { loose: true }) ?? semver.coerce(version.slice(0, 100))?.version ?? '1.0.0'
  throw new UserError(`${field}: "version" is ${JSON.stringify(version.slice(0, 100))}, which is not a semantic version.`, {
    cure: `Write major.minor.patch, for example "version": "${near}".`,
  })
}

/** Whom a new version is measured against, in words too. */
function lineOf(wanted: semver.SemVer, known: readonly Known[]): { where: string; highest: Known | undefined } {
  const highest = (some: readonly Known[]) => [...some].sort((a, b) => semver.compare(a.parsed, b.parsed)).at(-1)
  const sameMajor = known.filter(({ parsed }) => parsed.major === wanted.major)
  const sameMinor = sameMajor.filter(({ parsed }) => parsed.minor === wanted.minor)
  if (sameMinor.length > 0) return { where: `of ${wanted.major}.${wanted.minor}`, highest: highest(sameMinor) }
  if (sameMajor.length > 0) return { where: `of ${wanted.major}`, highest: highest(sameMajor) }
  return { where: 'of all', highest: highest(known) }
}

/** A pre-release is followed by the version that it leads to. */
function nextAfter(version: semver.SemVer): string {
  return semver.inc(version.version, 'patch') ?? version.version
}
