/** What a file of a bundle is called wherever it was made. */
export type PortableName = (path: string) => string

/**
 * Where a package manager puts a package must not change the bytes of what is made of it: hoisted, nested, in pnpm's
 * store or in a folder of this machine, it is called `node_modules/<package>/<file>`.
 * @param inputs every path of a bundle, relative to the checkout.
 */
export function portableNames(inputs: readonly string[]): PortableName {
  const names = new Map(inputs.map((input) => [input, portable(input)]))
  return (path) => names.get(path) ?? portable(path)
}

function portable(path: string): string {
  const [, disabled = '', rest = path] = /^(\(disabled\):)?(.*)$/s.exec(path) ?? []
  const last = rest.lastIndexOf('node_modules/')
  return last === -1 ? path : `${disabled}${rest.slice(last)}`
}

const MARK = 'node_modules/'

/**
 * Renames where esbuild writes a file's path into its output: in the comment before each module, and as the key of a
 * wrapped one (`"path"(exports, module) {`). Texts of the program that look alike are left alone. Only the lines that may
 * be meant are made texts of: the rest of a program is as large as it likes.
 */
export function renamePaths(code: Buffer, name: PortableName): Buffer {
  const pieces: Buffer[] = []
  let done = 0
  for (let at = code.indexOf(MARK); at !== -1; ) {
    const start = code.lastIndexOf(NEWLINE, at) + 1
    const next = code.indexOf(NEWLINE, at)
    const end = next === -1 ? code.length : next
    const line = code.toString('utf8', start, end)
    const renamed = renameLine(line, name)
    if (renamed !== line) {
      pieces.push(code.subarray(done, start), Buffer.from(renamed))
      done = end
    }
    at = code.indexOf(MARK, end)
  }
  return Buffer.concat([...pieces, code.subarray(done)])
}

const NEWLINE = 0x0a

function renameLine(line: string, name: PortableName): string {
  const isComment = line.startsWith('// ') && !/[\r\u2028\u2029]/.test(line)
  if (isComment) return `// ${name(line.slice(3))}`
  return line.replace(/^(\/\/ )(.*node_modules\/.*)$|^( {2,4}")([^"\n]*node_modules\/[^"\n]*)("\([^)\n]*\) \{)$/gm, rename)

  function rename(found: string, comment?: string, commented?: string, quote?: string, key?: string, rest?: string): string {
    if (comment !== undefined && commented !== undefined) return `${comment}${name(commented)}`
    return quote !== undefined && key !== undefined && rest !== undefined ? `${quote}${name(key)}${rest}` : found
  }
}
