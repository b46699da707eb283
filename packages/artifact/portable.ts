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

/**
 * Renames where esbuild writes a file's path into its output: in the comment before each module, and as the key of a
 * wrapped one (`"path"(exports, module) {`). Texts of the program that look alike are left alone.
 */
export function renamePaths(code: string, name: PortableName): string {
  return code.replace(/^(\/\/ )(.*node_modules\/.*)$|^( {2,4}")([^"\n]*node_modules\/[^"\n]*)("\([^)\n]*\) \{)$/gm, rename)

  function rename(line: string, comment?: string, commented?: string, quote?: string, key?: string, rest?: string): string {
    if (comment !== undefined && commented !== undefined) return `${comment}${name(commented)}`
    return quote !== undefined && key !== undefined && rest !== undefined ? `${quote}${name(key)}${rest}` : line
  }
}
