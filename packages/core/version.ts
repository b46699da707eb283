import semver from 'semver'

/**
 * The version of a pull request's artifact: a pre-release of the next patch version, such as
 * `1.4.3-pr.12.g1a2b3c4` after `1.4.2` (semver.org, 9: a pre-release sorts before the release it leads to).
 * A pre-release in package.json is kept as the version it leads to. An unreadable one counts as 0.0.0.
 */
export function previewVersion(current: string | undefined, pullRequest: number | undefined, revision: string): string {
  const parsed = semver.parse(current ?? '') ?? new semver.SemVer('0.0.0')
  const next = parsed.prerelease.length > 0 ? `${parsed.major}.${parsed.minor}.${parsed.patch}` : parsed.inc('patch').version
  const origin = pullRequest === undefined ? 'dev' : `pr.${pullRequest}`
  return `${next}-${origin}.g${revision.slice(0, 7)}`
}

/** A version as an image tag: registries answer 404 for `+`, so it becomes `_`. */
export function versionTag(version: string): string {
  return version.replaceAll('+', '_')
}
