import { UserError } from '@mayfly/core'
import semver from 'semver'
import { type ConventionalCommit, parseCommit } from './commits.ts'
import { type Entry, LedgerError } from './entry.ts'
import { FETCH, git, remoteGit } from './git.ts'
import type { Ledger } from './ledger.ts'
import { listEntries } from './read.ts'
import { findSource, hasCommit, withStore } from './store.ts'
import { compareVersions, parseVersion } from './versions.ts'

export interface ProposedCommit extends ConventionalCommit {
  hash: string
}

export interface Proposal {
  version: string
  /** The version that the commits come after; undefined for the first release. */
  since: string | undefined
  /** What is new, the newest first. */
  commits: ProposedCommit[]
}

export interface ProposalRequest {
  name: string
  /** The commit to be released. */
  revision: string
  /** Folders and files whose changes count, relative to the repository; `.` is all of it. */
  paths: readonly string[]
  /** What package.json says: the first version, and later one that is set by hand to something higher. */
  current: string | undefined
}

/**
 * The next version of an artifact, from the commits since its last release that touch its paths; undefined where there
 * are none. The last release is the highest version, pre-releases left out, whose commit is in this one's history.
 *
 * A breaking change raises the major version, `feat` the minor, everything else the patch version. Before 1.0.0 nothing is
 * promised (semver.org, 4), but `^0.2.1` takes patches alone: there a breaking change raises the minor version, everything
 * else the patch version. 1.0.0 is a decision, so only package.json makes it. The first release is what package.json
 * says, or 0.1.0.
 * @throws LedgerError `history` where the commits since then are not to be had.
 */
export async function proposeVersion(ledger: Ledger, wanted: ProposalRequest): Promise<Proposal | undefined> {
  if (!/^[0-9a-f]{40,64}$/.test(wanted.revision)) throw new Error(`${wanted.revision} is not the full hash of a commit.`)
  const paths = checkPaths(wanted.paths)
  const released = (await listEntries(ledger, wanted.name)).filter(isRelease)
  return withHistory(ledger, wanted.revision, async (store) => {
    const last = await lastRelease(ledger, store, wanted, released)
    const commits = await commitsSince(ledger, store, wanted.revision, last?.revision, paths)
    if (commits.length === 0) return undefined
    return { version: nextVersion(last?.version, wanted.current, commits), since: last?.version, commits }
  })
}

/** The version that follows `last` by the rules of `proposeVersion`. */
export function nextVersion(
  last: string | undefined,
  current: string | undefined,
  commits: readonly Pick<ConventionalCommit, 'type' | 'breaking'>[],
): string {
  const parsed = parseVersion(current ?? '')
  const byHand = parsed === undefined ? '0.0.0' : `${parsed.major}.${parsed.minor}.${parsed.patch}`
  if (last === undefined) return byHand === '0.0.0' ? '0.1.0' : byHand
  const breaking = commits.some((commit) => commit.breaking)
  const feature = commits.some((commit) => commit.type === 'feat')
  const size = semver.major(last) === 0 ? (breaking ? 'minor' : 'patch') : breaking ? 'major' : feature ? 'minor' : 'patch'
  const next = semver.inc(last, size) ?? last
  // A pre-release is no decision about the version after it.
  return parsed?.prerelease.length === 0 && semver.gt(byHand, next) ? byHand : next
}

function isRelease(entry: Entry): boolean {
  return parseVersion(entry.version)?.prerelease.length === 0
}

async function lastRelease(
  ledger: Ledger,
  store: string,
  wanted: ProposalRequest,
  released: readonly Entry[],
): Promise<Entry | undefined> {
  const sorted = [...released].sort((a, b) => compareVersions(b.version, a.version))
  for (const entry of sorted) {
    const asked = await git(ledger, ['merge-base', '--is-ancestor', entry.revision, wanted.revision], { store })
    if (asked.code === 0) return entry
  }
  if (sorted[0] === undefined) return undefined
  throw new LedgerError(
    'history',
    `None of the ${sorted.length} released versions of ${wanted.name} is in the history of ${wanted.revision.slice(0, 7)}; the highest is ${sorted[0].version}.`,
    { cure: 'Release from a branch that holds the last release, or write the version into package.json.' },
  )
}

async function commitsSince(
  ledger: Ledger,
  store: string,
  revision: string,
  since: string | undefined,
  paths: readonly string[],
): Promise<ProposedCommit[]> {
  const range = since === undefined ? [revision] : [revision, `^${since}`]
  const { code, stdout, stderr } = await git(ledger, ['log', '-z', '--format=%H%x00%B', ...range, '--', ...paths], { store })
  if (code !== 0) throw new Error(`git cannot list the commits up to ${revision}: ${stderr.trim()}`)
  const fields = stdout.split('\0')
  const commits: ProposedCommit[] = []
  for (let index = 0; index + 1 < fields.length; index += 2) {
    commits.push({ hash: fields[index] ?? '', ...parseCommit(fields[index + 1] ?? '') })
  }
  return commits
}

/** Git's own names of paths: of the repository, nothing outside it, and `.` (no path at all) for the whole. */
function checkPaths(paths: readonly string[]): string[] {
  const clean = paths.map((path) => path.replace(/^(?:\.\/)+|\/+$/g, '') || '.')
  const bad = clean.find((path) => path.startsWith('/') || path.split('/').includes('..') || path.includes('\0'))
  if (bad !== undefined) {
    throw new UserError(`${JSON.stringify(bad)} is not a path inside the repository.`, {
      cure: 'Name it from the top of the repository.',
    })
  }
  return clean.includes('.') ? [] : clean
}

/** A store that sees the whole history of a commit with its folders: the checkout's, or fetched beside it where that is cut off. */
async function withHistory<T>(ledger: Ledger, revision: string, work: (store: string) => Promise<T>): Promise<T> {
  const source = await findSource(ledger)
  return withStore(source, source.isWhole ? 'checkout' : 'nothing', async (store) => {
    if (!(await hasCommit(ledger, store, revision))) {
      ledger.log.debug('The history of this checkout is cut off; the commits are fetched beside it.')
      const args = ['fetch', ...FETCH, '--filter=blob:none', '--', ledger.remote, revision]
      const result = await remoteGit(ledger, args, { store })
      if (result.code !== 0) {
        throw new LedgerError(
          'history',
          `The history of ${revision.slice(0, 7)} is not in this checkout and cannot be fetched from ${ledger.remote}.`,
          {
            cure: 'Give actions/checkout the option fetch-depth: 0, or push the commit first.',
          },
        )
      }
    }
    return work(store)
  })
}
