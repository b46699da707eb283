import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Base, describeError, UserError } from '@mayfly/core'
import { downloadArtifact, findArtifact } from '@mayfly/github'
import { type BaseRecord, packRecord, unpackRecord } from '@mayfly/measure'
import type { Start } from './context.ts'
import { readBranchFile, writeBranchFile } from './data-branch.ts'
import type { Stores } from './stores.ts'

/** A base that was found: what it is, and what it holds. */
export interface FoundBase {
  base: Base
  record: BaseRecord | undefined
}

/** A cache takes ten keys in one question (actions/toolkit, cache); an artifact is asked for one by one. */
const MOST_KEYS = 10

/** The name under which a commit's measurement is kept, in every store. */
export function recordName(commit: string): string {
  return `mayfly-base-${commit}`
}

/**
 * What a commit is compared with: the measurement of its merge base or, where that was not measured, of the nearest commit
 * before it; looked for in the cache, then among artifacts, then on the branch. No base is told as no base.
 * @param ancestors the merge base and what came before it, the newest first.
 * @param branch of this repository, that keeps records; undefined: none does.
 */
export async function findBase(
  run: Start,
  stores: Stores,
  asked: {
    mergeBase: string
    ancestors: readonly string[]
    /** The branch that the commits lie on: only what its own runs have left counts. */
    of: string
    branch: string | undefined
  },
): Promise<FoundBase> {
  const { mergeBase, ancestors, of, branch } = asked
  const { log } = run
  const commits = ancestors.slice(0, MOST_KEYS)
  const places: [from: 'cache' | 'artifact' | 'branch', look: () => Promise<Found | undefined>][] = [
    ['cache', () => inCache(run, stores, commits)],
    ['artifact', () => inArtifacts(run, commits, of)],
    ...(branch === undefined
      ? []
      : [['branch', () => onBranch(run, branch, ancestors)] satisfies [from: 'branch', look: () => Promise<Found | undefined>]]),
  ]
  for (const [from, look] of places) {
    try {
      const found = await look()
      if (found === undefined) continue
      const record = unpackRecord(found.bytes)
      // A record tells itself which commit it is of: another one under this name would be compared with in vain.
      if (record.measurement.revision !== found.commit) throw new UserError(`The record of ${found.commit} is of another commit.`)
      const distance = ancestors.indexOf(found.commit)
      log.info(
        `Compared with ${found.commit.slice(0, 7)}, ${distance === 0 ? 'the merge base' : `${distance} commits before the merge base`} (${from}).`,
      )
      return { base: { kind: 'found', commit: found.commit, mergeBase, distance, from }, record }
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      log.warn(`The base is not to be had from the ${from}: ${describeError(error)}`)
    }
  }
  const why = `Neither the merge base ${mergeBase.slice(0, 7)} nor one of the ${Math.max(0, commits.length - 1)} commits before it was measured; the next push to the default branch will be.`
  return { base: { kind: 'none', why }, record: undefined }
}

interface Found {
  commit: string
  bytes: Uint8Array
}

/** The path is part of what a cache is found by: the same one for all. */
function cachePath(run: Start): string {
  return join(run.context.temp, 'mayfly-base', 'record.gz')
}

async function inCache(run: Start, stores: Stores, commits: readonly string[]): Promise<Found | undefined> {
  const path = cachePath(run)
  await rm(path, { force: true })
  const key = await stores.restore(commits.map(recordName), path)
  const commit = commits.find((candidate) => recordName(candidate) === key)
  return commit === undefined ? undefined : { commit, bytes: await readFile(path) }
}

async function inArtifacts(run: Start, commits: readonly string[], of: string): Promise<Found | undefined> {
  for (const commit of commits) {
    const artifact = await findArtifact(run.github, recordName(commit), of)
    if (artifact !== undefined) return { commit, bytes: await downloadArtifact(run.github, artifact) }
  }
  return undefined
}

async function onBranch(run: Start, branch: string, commits: readonly string[]): Promise<Found | undefined> {
  for (const commit of commits) {
    const bytes = await readBranchFile(run, branch, `${recordName(commit)}.gz`)
    if (bytes !== undefined) return { commit, bytes }
  }
  return undefined
}

/**
 * Keeps a commit's measurement for what comes after it, in every store that there is.
 * @returns where it could not be kept, and why.
 */
export async function keepBase(run: Start, stores: Stores, record: BaseRecord, branch: string | undefined): Promise<string[]> {
  const name = recordName(record.measurement.revision)
  const path = cachePath(run)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, packRecord(record))
  const [cached, uploaded] = [await stores.save(name, path), await stores.upload(name, path)]
  const said = [
    cached.why === '' ? '' : `The cache does not keep it: ${cached.why}`,
    uploaded.why === '' ? '' : `It is no artifact: ${uploaded.why}`,
  ]
  if (branch !== undefined) {
    const why = await writeBranchFile(run, branch, `${name}.gz`, await readFile(path)).then(
      () => '',
      (error: unknown) => {
        if (error instanceof UserError) return describeError(error)
        throw error
      },
    )
    said.push(why === '' ? '' : `The branch ${branch} does not keep it: ${why}`)
  }
  return said.filter((sentence) => sentence !== '')
}
