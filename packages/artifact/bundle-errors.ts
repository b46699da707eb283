import { relative } from 'node:path'
import { UserError } from '@mayfly/core'

interface Problem {
  text: string
  /** `file:line:column`, the file relative to the checkout. */
  at: string | undefined
  line: string | undefined
}

/** Turns what esbuild wrote into one error that names each file and line. */
export function explainBundleErrors(stderr: string, root: string, entry: string): UserError {
  const problems = readProblems(stderr)
  const shown = relative(root, entry)
  if (problems.length === 0) return new UserError(`${shown} could not be bundled: ${stderr.trim().slice(0, 2000)}`)
  const lines = problems.map(({ text, at, line }) => {
    // What stands in a file outside of the checkout is nobody's business: it may be a secret of this machine.
    if (at?.startsWith('../') || at?.startsWith('/')) return `${at}: this file is outside of the checkout`
    return `${at === undefined ? '' : `${at}: `}${text}${line === undefined ? '' : `\n    ${line}`}`
  })
  const cure = cureOf(problems, shown)
  return new UserError(`${shown} could not be bundled:\n${lines.join('\n')}`, cure === undefined ? {} : { cure })
}

function readProblems(stderr: string): Problem[] {
  const pattern = /^✘ \[ERROR\] (.*)\n(?:\n {4}(\S.*:\d+:\d+):\n(?: {6}\d+ │ ?(.*)\n)?)?/gm
  return [...stderr.matchAll(pattern)].map(([, text = '', at, line]) => ({ text, at, line }))
}

function cureOf(problems: readonly Problem[], entry: string): string | undefined {
  const native = problems.find(({ text }) => /No loader is configured for "\.node" files/.test(text))
  if (native !== undefined) {
    const name = /(?:.*node_modules\/)((?:@[^/]+\/)?[^/]+)/.exec(native.text)?.[1]
    const folder = entry.replace(/\/[^/]*$/, '')
    return `${name ?? 'A package'} brings a native module, which cannot be bundled. Write in ${folder}/package.json: "mayfly": { "external": ["${name ?? 'its-name'}"] }; it then goes into the image as it is installed.`
  }
  const packages = problems.flatMap(({ text }) => /^Could not resolve "([^./"][^"]*)"/.exec(text)?.[1] ?? [])
  if (packages.length === 0) return undefined
  return `Add ${[...new Set(packages)].join(', ')} to "dependencies" in the function's package.json.`
}
