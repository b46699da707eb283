import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, UserError } from '@mayfly/core'
import semver from 'semver'

export interface Release {
  /** A checkout of the commit to release, with the remote `origin`. */
  root: string
  version: string
  /** Makes `dist/` anew. */
  build: () => Promise<void>
  /** False: everything but the push. */
  push: boolean
  /** Further variables for git commands that talk to `origin`. */
  secret: Readonly<Record<string, string>>
}

export interface Released {
  commit: string
  tags: string[]
  /** How many files dist/ holds. */
  files: number
}

/** Who makes the commit. With the source commit's own time the same source always gives the same commit: anyone can check it. */
const AUTHOR = { NAME: 'github-actions[bot]', EMAIL: '41898282+github-actions[bot]@users.noreply.github.com' }

/**
 * Builds dist/ twice, commits it on top of the checked-out commit without touching any branch, and pushes the tags:
 * `vX.Y.Z`, which must not exist, and `vX`, which follows the newest release of that major version.
 * @throws UserError where the version is none, is not the one in package.json, was released before, or builds differ.
 */
export async function release({ root, version, build, push, secret }: Release): Promise<Released> {
  const git = gitIn(root)
  checkVersion(version, await readFile(join(root, 'package.json'), 'utf8'))
  const listed = await git(['ls-remote', '--tags', 'origin'], secret)
  const released = [...listed.matchAll(/refs\/tags\/v(\S+?)$/gm)].flatMap(([, tag]) => semver.valid(tag) ?? [])
  if (released.includes(version)) {
    throw new UserError(`v${version} is released already.`, {
      cure: 'A release never changes: set the next version in package.json.',
    })
  }
  const changed = await git(['status', '--porcelain'])
  if (changed !== '')
    throw new UserError(`The checkout is not what its commit says:\n${changed}`, { cure: 'Start from a clean checkout.' })
  const first = await buildOnce(root, build)
  const second = await buildOnce(root, build)
  const differs = [...new Set([...first.keys(), ...second.keys()])].filter((file) => first.get(file) !== second.get(file))
  if (differs.length > 0) throw new UserError(`Two builds of the same commit differ: ${differs.join(', ')}.`)
  const commit = await commitDist(git, version)
  const tags = [`v${version}`, ...(leads(version, released) ? [`v${semver.major(version)}`] : [])]
  // The version's own tag without force, so that the server refuses one that came up meanwhile; and all tags or none.
  const refs = tags.map((tag, index) => `${index === 0 ? '' : '+'}${commit}:refs/tags/${tag}`)
  if (push) await git(['push', '--quiet', '--atomic', 'origin', ...refs], secret)
  return { commit, tags, files: first.size }
}

function checkVersion(version: string, manifest: string): void {
  if (semver.parse(version)?.version !== version) {
    throw new UserError(`"${version}" is not a version to release.`, {
      cure: 'Write it as in package.json, such as 1.4.0 or 2.0.0-rc.1.',
    })
  }
  const json: unknown = JSON.parse(manifest)
  const own = typeof json === 'object' && json !== null && 'version' in json ? json.version : undefined
  if (own !== version) {
    throw new UserError(`package.json says ${String(own)}, not ${version}.`, {
      cure: 'Set the version there first, in a pull request.',
    })
  }
}

/** Whether the moving tag goes to this version: never to a pre-release, nor back when an older version gets a fix. */
function leads(version: string, released: readonly string[]): boolean {
  const same = released.filter((other) => semver.major(other) === semver.major(version) && semver.prerelease(other) === null)
  return semver.prerelease(version) === null && same.every((other) => semver.lt(other, version))
}

/** Builds, and answers the hash of each file in dist/. */
async function buildOnce(root: string, build: () => Promise<void>): Promise<Map<string, string>> {
  await build()
  const dist = join(root, 'dist')
  const files = globSync('**/*', { cwd: dist, withFileTypes: true }).filter((entry) => entry.isFile())
  if (files.length === 0) throw new UserError('The build left nothing in dist/.')
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort()
  return new Map(
    paths.map((path) => [path.slice(root.length + 1), createHash('sha256').update(readFileSync(path)).digest('hex')]),
  )
}

/** With an index of its own: neither the checkout nor any branch notices. */
async function commitDist(git: Git, version: string): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'mayfly-release-'))
  try {
    const index = { GIT_INDEX_FILE: join(scratch, 'index') }
    await git(['read-tree', 'HEAD'], index)
    await git(['add', '--force', '--', 'dist'], index)
    const tree = await git(['write-tree'], index)
    const when = await git(['show', '--no-patch', '--format=%cI', 'HEAD'])
    const people = ['AUTHOR', 'COMMITTER'].flatMap((role) => [
      ...Object.entries(AUTHOR).map(([key, value]) => [`GIT_${role}_${key}`, value]),
      [`GIT_${role}_DATE`, when],
    ])
    return await git(['commit-tree', tree, '-p', 'HEAD', '-m', `Release v${version}`], Object.fromEntries(people))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

type Git = (args: readonly string[], more?: Readonly<Record<string, string>>) => Promise<string>

function gitIn(root: string): Git {
  return async (args, more = {}) => {
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', GIT_TERMINAL_PROMPT: '0', ...more }
    const result = await command(['git', '-C', root, ...args], { env })
    if (result.code !== 0) throw new UserError(`git ${args[0]} failed: ${result.stderr.trim()}`)
    return result.stdout.trim()
  }
}
