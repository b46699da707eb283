import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What `git config --get remote.origin.url` and `git rev-parse --abbrev-ref HEAD` say; an empty remote is none. */
export interface Origin {
  remote: string
  branch: string
}

/**
 * Remote and branch of a plain clone, read from git's own files: two starts of git less. Undefined wherever these files could
 * mean something else than they seem to (work trees, includes, settings for the whole machine, a tag called like the branch,
 * somebody else's folder): then git has to be asked.
 */
export function readOrigin(directory: string, home: string): Origin | undefined {
  try {
    const folder = join(directory, '.git')
    if (!isOwn(directory) || !isOwn(folder) || existsSync(join(folder, 'commondir'))) return undefined
    const branch = branchIn(folder)
    const remote = branch === undefined ? undefined : remoteIn(readFileSync(join(folder, 'config'), 'utf8'))
    if (branch === undefined || remote === undefined) return undefined
    return remote === '' && isSaidElsewhere(home) ? undefined : { remote, branch }
  } catch {
    return undefined
  }
}

/** Git reads no folder of another user (safe.directory). */
function isOwn(path: string): boolean {
  const stats = lstatSync(path)
  return stats.isDirectory() && stats.uid === process.geteuid?.()
}

function branchIn(folder: string): string | undefined {
  const branch = /^ref: refs\/heads\/([\w.+/-]+)\n$/.exec(readFileSync(join(folder, 'HEAD'), 'utf8'))?.[1]
  // A branch that has no file of its own may be packed, or have no commit yet.
  if (branch === undefined || !existsSync(join(folder, 'refs', 'heads', branch))) return undefined
  // Where something else goes by its name too, git shows it with more than its name (gitrevisions(7), "<refname>").
  const others = ['', 'refs', 'refs/tags', 'refs/remotes'].map((place) => join(folder, place, branch))
  if ([...others, join(folder, 'refs', 'remotes', branch, 'HEAD')].some((path) => existsSync(path))) return undefined
  const packed = join(folder, 'packed-refs')
  const rest = existsSync(packed) ? readFileSync(packed, 'utf8') : ''
  const isNamesake = (line: string) =>
    !line.endsWith(` refs/heads/${branch}`) && (line.endsWith(`/${branch}`) || line.endsWith(`/${branch}/HEAD`))
  return rest.split('\n').some(isNamesake) ? undefined : branch
}

/** Empty: none is said here. Undefined: this takes more than a look (git-config(1), "Syntax"). */
function remoteIn(text: string): string | undefined {
  // Includes, settings of one work tree, values over several lines.
  if (/include|worktreeconfig|\\\n/i.test(text)) return undefined
  let remote = ''
  let isOrigin = false
  for (const line of text.split('\n')) {
    if (/^\s*\[/.test(line)) {
      const name = /^\[remote "([^"\\\]]+)"\]$/.exec(line)?.[1]
      if (name === undefined && /remote\b.*origin/i.test(line)) return undefined
      isOrigin = name === 'origin'
    } else if (isOrigin && /^\s*url/i.test(line)) {
      const url = /^\s*url = ([^\s"\\#;]+)$/.exec(line)?.[1]
      if (url === undefined || remote !== '') return undefined
      remote = url
    }
  }
  return remote
}

/** Whether the settings of this user or of the machine might name a remote, which git then takes for that of every repository. */
function isSaidElsewhere(home: string): boolean {
  const places = [join(home, '.gitconfig'), join(home, '.config', 'git', 'config'), '/etc/gitconfig', '/usr/local/etc/gitconfig']
  return (
    home === '' || process.platform !== 'linux' || places.some((path) => existsSync(path) && mayName(readFileSync(path, 'utf8')))
  )
}

function mayName(text: string): boolean {
  return /remote|include/i.test(text)
}
