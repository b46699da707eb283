import { dirname, join } from 'node:path'
import { readInside } from './read.ts'

/** One line of a .dockerignore file. */
interface Rule {
  matches: RegExp
  /** `!`: what it matches is sent after all. */
  exception: boolean
  /** Of an exception without wildcards: the only path it can let in. */
  exactly: string | undefined
}

/** Which rules match a path, by themselves or through a folder above it. */
type Matched = readonly boolean[]

export interface Ignore {
  /** What holds for the children of the context itself. */
  top: Matched
  /** The rules that match `path` (relative, `/` between names), given those that match its folder. */
  match(path: string, above: Matched): Matched
  /** Whether the builder leaves it out: the last rule that matches decides. */
  excludes(matched: Matched): boolean
  /** Whether an exception could let in something below an excluded folder. */
  mayReinclude(folder: string): boolean
}

/** The text of the file that BuildKit takes: `<Dockerfile>.dockerignore` before `.dockerignore`; empty where there is none. */
export async function readIgnore(context: string, dockerfile: string | undefined): Promise<string> {
  const beside = dockerfile === undefined ? undefined : await readInside(`${dockerfile}.dockerignore`, dirname(dockerfile))
  return beside ?? (await readInside(join(context, '.dockerignore'), context)) ?? ''
}

/**
 * Reads a .dockerignore file as BuildKit does (moby/patternmatcher): letter case counts, a rule that matches a folder
 * matches all that is in it, the last rule wins.
 */
export function parseIgnore(text: string): Ignore {
  const rules = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap(readRule)
  const exceptions = rules.filter((rule) => rule.exception)
  return {
    top: rules.map(() => false),
    match: (path, above) => {
      let excluded = false
      return rules.map(({ matches, exception }, index) => {
        // As the builder does: a rule that could change nothing here is not looked at, nor remembered for what is below.
        const match = above[index] === true || (exception === excluded && matches.test(path))
        if (match) excluded = !exception
        return match
      })
    },
    excludes: (matched) => {
      const last = matched.lastIndexOf(true)
      return last >= 0 && rules[last]?.exception === false
    },
    mayReinclude: (folder) => exceptions.some(({ exactly }) => exactly === undefined || exactly.startsWith(`${folder}/`)),
  }
}

function readRule(line: string): Rule[] {
  if (line.startsWith('#')) return []
  const trimmed = line.trim()
  const exception = trimmed.startsWith('!')
  const pattern = clean(exception ? trimmed.slice(1).trim() : trimmed)
  if (pattern === '') return []
  try {
    return [{ matches: compile(pattern), exception, exactly: /[*?[\\]/.test(pattern) ? undefined : pattern }]
  } catch {
    // The builder refuses a pattern that it cannot read, with the better message.
    return []
  }
}

/** `./a//b/../c/` is `a/c`; a path that leads out of the context matches nothing in it. */
function clean(pattern: string): string {
  const names: string[] = []
  for (const name of pattern.split('/')) {
    if (name === '..' && names.length > 0 && names.at(-1) !== '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return names.join('/')
}

function compile(pattern: string): RegExp {
  let source = ''
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern.charAt(i)
    if (pattern.startsWith('**', i)) {
      i += pattern.startsWith('**/', i) ? 2 : 1
      source += i + 1 === pattern.length ? '.*' : '(.*/)?'
    } else if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else if (character === '\\' && i + 1 < pattern.length) source += `\\${pattern.charAt(++i)}`
    else source += /[.+()|{}$^]/.test(character) && !inClass(source) ? `\\${character}` : character
  }
  return new RegExp(`^${source}$`, 's')
}

/** Whether the expression so far ends inside `[...]`, where `^` and the others stand for themselves or negate. */
function inClass(source: string): boolean {
  return source.lastIndexOf('[') > source.lastIndexOf(']')
}
