import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { command } from '@mayfly/core'
import type { Base } from '@mayfly/oci'
import { runtimeEntry } from '@mayfly/runtime'
import { findEsbuild, installedEsbuild } from './esbuild.ts'
import { pushAhead } from './push.ts'
import type { ArtifactRequest, Tools } from './request.ts'
import { once } from './settle.ts'
import { type CommittedTree, committedTree } from './tree.ts'

/** What functions are made with. Nothing is looked for before it is needed, and nothing twice. */
export interface Workshop {
  esbuild: () => Promise<string>
  /** The same where it is installed: then there is nothing to fetch. */
  installed: () => string | undefined
  /** The runtime as one file. */
  runtime: () => Promise<string>
  /** Called as soon as a function is known to be built onto `base`, before it is bundled. */
  begin: (repository: string, base: Base) => void
  /** Digests of the base's layers that a repository has by what was begun. */
  mounted: (repository: string) => Promise<ReadonlySet<string>>
  /** What git knows of a folder that is as it was committed; undefined where it is not, or git cannot say. */
  committed: (directory: string) => Promise<CommittedTree | undefined>
}

/** @param builds whether what is planned will be built at once: a push then begins while the bundler runs. */
export function openWorkshop(request: ArtifactRequest, builds: boolean): Workshop {
  let found: { path: string | undefined } | undefined
  const installed = () => {
    found ??= { path: installedEsbuild() }
    return found.path
  }
  const esbuild = once(async () => installed() ?? findEsbuild(request.tools, request.log))
  const ahead = new Map<string, Promise<ReadonlySet<string>>>()
  const trees = new Map<string, Promise<CommittedTree | undefined>>()
  const { root } = request.project
  return {
    esbuild,
    installed,
    runtime: once(() => readRuntime(request.tools, esbuild)),
    begin: (repository, base) => {
      if (!builds || request.registry === undefined) return
      const push = pushAhead(request, repository, base)
      // Whoever pushes the rest meets the error; nobody does where there is nothing to push.
      push.catch(() => {})
      ahead.set(repository, push)
    },
    mounted: async (repository) => (await ahead.get(repository)) ?? new Set(),
    committed: (directory) => {
      const known = trees.get(directory)
      if (known !== undefined || request.dirty !== '') return known ?? Promise.resolve(undefined)
      const tree = committedTree(root, directory, request.tools.env.PATH ?? '')
      trees.set(directory, tree)
      return tree
    },
  }
}

/** The runtime as one file: as it was shipped, or from its sources. */
export async function readRuntime(tools: Tools, esbuild: () => Promise<string>): Promise<string> {
  if (tools.runtime !== undefined) return readFile(tools.runtime, 'utf8')
  const options = ['--bundle', '--platform=node', '--format=esm', '--target=node20', '--log-level=warning']
  const result = await command([await esbuild(), runtimeEntry(), ...options], { cwd: dirname(runtimeEntry()), env: {} })
  if (result.code !== 0) throw new Error(`The runtime could not be bundled: ${result.stderr}`)
  return result.stdout
}
