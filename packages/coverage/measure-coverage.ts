import type { CoverageMeasured, FileMeasured } from '@mayfly/core'
import { baseOf, type Compared, compare } from './compare.ts'
import type { Diff } from './diff.ts'
import type { Gathered } from './model.ts'
import { type PatchOf, patchOf } from './patch.ts'
import { encodeRuns, subtract } from './ranges.ts'
import { branchesOf, linesOf, type Union, type UnionFile, union } from './union.ts'

export interface CoverageRequest {
  /** What each source says; or the union of it, where it is there already. */
  gathered: readonly Gathered[] | Union
  /** What is proposed: from the merge base to the commit that was measured. Undefined: nothing is known of a change. */
  diff?: Diff
  /** Coverage of an earlier commit to compare with. */
  base?: CoverageMeasured
  /** From the commit of `base` to this one, where that is not the merge base; `diff` by default. */
  sinceBase?: Diff
  /** Whether a path is source code that tests should reach: a changed one that nothing measured is a blind spot. */
  sourceFile: (path: string) => boolean
  /** Names of services that should have sent coverage and did not. */
  silent: readonly string[]
  unmapped?: CoverageMeasured['unmapped']
}

const MOST_UNMAPPED = 20

/**
 * All that is told of coverage, from what each source says in paths of the repository.
 * @throws UserError where the lines of `base` cannot be read
 */
export function measureCoverage(request: CoverageRequest): CoverageMeasured {
  const { gathered, diff, base, sinceBase = diff, sourceFile, silent, unmapped = [] } = request
  const all = 'files' in gathered ? gathered : union(gathered)
  const patch = patchOf(all, diff, sourceFile, silent)
  const compared = base === undefined ? undefined : compare(all, base, sinceBase)
  return {
    sources: all.sources.map(({ name, kind, format, lines, only }, index) => {
      const before = compared?.sources[index]
      const own = patch.sources[index] ?? { covered: 0, total: 0 }
      return { name, kind, format, lines, patch: own, only, ...(before === undefined ? {} : { base: before }) }
    }),
    lines: all.lines,
    branches: all.branches,
    files: all.files.map((file) => measureFile(file, patch, compared)),
    patch: patch.patch,
    lost: compared === undefined ? [] : outside(compared.lost, diff),
    ...(compared?.base === undefined ? {} : { base: compared.base }),
    unmapped: firstOfEach(unmapped),
  }
}

function measureFile(file: UnionFile, patch: PatchOf, compared: Compared | undefined): FileMeasured {
  const branches = branchesOf(file)
  const changed = patch.files.get(file.path)
  return {
    path: file.path,
    lines: linesOf(file),
    ...(branches.total === 0 ? {} : { branches }),
    runs: encodeRuns(file.hits, file.masks),
    ...(changed === undefined ? {} : { patch: changed }),
    ...(compared === undefined ? {} : baseOf(compared, file.path)),
  }
}

/** Without lines of the diff: of those the patch tells. They differ where the base is not the merge base. */
function outside(lost: CoverageMeasured['lost'], diff: Diff | undefined): CoverageMeasured['lost'] {
  return lost.flatMap(({ path, lines }) => {
    const left = subtract(lines, diff?.get(path)?.lines ?? [])
    return left.length === 0 ? [] : [{ path, lines: left }]
  })
}

function firstOfEach(unmapped: CoverageMeasured['unmapped']): CoverageMeasured['unmapped'] {
  return [...Map.groupBy(unmapped, ({ source }) => source).values()].flatMap((same) => same.slice(0, MOST_UNMAPPED))
}
