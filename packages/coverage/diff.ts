import { type LineRange, UserError } from '@mayfly/core'
import { type Hunk, type Lines, lineReader, newLines, notGit, readHunk } from './diff-hunks.ts'
import { headerPath, labelPath } from './diff-paths.ts'

/** What changed between two commits, by path in the newer one; of a deleted file by the path that it had. */
export type Diff = Map<string, FileChange>

export interface FileChange {
  status: 'added' | 'changed' | 'deleted' | 'renamed'
  /** Its path in the older commit; the same where it was not renamed. */
  from: string
  /** Not text for git; no line of it is known. */
  binary: boolean
  /** Lines of the newer file that are not in the older one. */
  lines: LineRange[]
  /** In order, without context. */
  hunks: Hunk[]
}

/**
 * The arguments of git whose output `parseDiff` reads, before the two commits. They outrank what a machine's own settings
 * would make of it: other prefixes, colours, programs that show files in their way.
 */
export const DIFF_ARGUMENTS = [
  ...[
    '-c',
    'core.quotePath=false',
    'diff',
    '-U0',
    '-M',
    '--inter-hunk-context=0',
    '--no-color',
    '--no-ext-diff',
    '--no-textconv',
  ],
  ...['--no-relative', '--ignore-submodules=all', '--src-prefix=a/', '--dst-prefix=b/'],
] as const

/** Characters. More than a pull request that anybody reads, and what a machine holds in memory without trouble. */
const MOST_TEXT = 256 * 1024 * 1024
const MOST_FILES = 200_000

/**
 * Reads the output of git with `DIFF_ARGUMENTS`. Only what git says counts, never a changed line that looks like it: within
 * a hunk lines are counted. Any amount of context is understood.
 * @throws UserError where it is no such output, or too long
 */
export function parseDiff(text: string): Diff {
  if (text.length > MOST_TEXT) throw new UserError(`The diff has ${text.length} characters; at most ${MOST_TEXT} are read.`)
  const diff: Diff = new Map()
  const lines = lineReader(text)
  let line = lines.next()
  while (line !== undefined) {
    if (!line.startsWith('diff --git ')) throw notGit(line)
    if (diff.size >= MOST_FILES) throw new UserError(`The diff has more than ${MOST_FILES} files.`)
    line = readFile(line, lines, diff)
  }
  return diff
}

/** @returns the line that follows it */
function readFile(header: string, lines: Lines, diff: Diff): string | undefined {
  const path = headerPath(header)
  const change: FileChange = { status: 'changed', from: '', binary: false, lines: [], hunks: [] }
  const names: { old?: string | undefined; new?: string | undefined } = {}
  let line = lines.next()
  while (line !== undefined && !line.startsWith('diff --git ')) {
    if (line.startsWith('@@ ')) line = readHunk(line, lines, change.hunks)
    else {
      readExtended(line, change, names)
      line = lines.next()
    }
  }
  const old = names.old ?? path ?? names.new
  const current = change.status === 'deleted' ? old : (names.new ?? path ?? old)
  if (current === undefined) throw notGit(header)
  change.from = change.status === 'added' ? current : (old ?? current)
  change.lines = newLines(change.hunks)
  diff.set(current, change)
  return line
}

/** https://git-scm.com/docs/diff-format#generate_patch_text_with_p: what stands between a file's header and its first hunk. */
function readExtended(line: string, change: FileChange, names: { old?: string | undefined; new?: string | undefined }): void {
  if (line.startsWith('--- ')) names.old = labelPath(line.slice(4), 'a/') ?? names.old
  else if (line.startsWith('+++ ')) names.new = labelPath(line.slice(4), 'b/') ?? names.new
  else if (line.startsWith('rename from ')) names.old = labelPath(line.slice(12), '')
  else if (line.startsWith('rename to ')) {
    names.new = labelPath(line.slice(10), '')
    change.status = 'renamed'
  } else if (line.startsWith('new file mode ')) change.status = 'added'
  else if (line.startsWith('deleted file mode ')) change.status = 'deleted'
  else if (line.startsWith('Binary files ') || line.startsWith('GIT binary patch')) change.binary = true
}
