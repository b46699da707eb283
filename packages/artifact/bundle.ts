import { lstatSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { command, type Log, UserError } from '@mayfly/core'
import { explainBundleErrors } from './bundle-errors.ts'
import { type PortableName, portableNames, renamePaths } from './portable.ts'

/** A function as one file. */
export interface Bundle {
  code: Buffer
  /** Its source map, with the sources' text. */
  map: Buffer
  /** The files of the checkout that went in, relative to it; packages are not among them. */
  sources: string[]
  /** Absolute paths of the files of packages that went in. */
  packages: string[]
}

export interface BundleRequest {
  esbuild: string
  /** The checkout, by realpath; paths in the bundle are relative to it, so that they are the same everywhere. */
  root: string
  /** Absolute. */
  entry: string
  /** Major version of Node.js. */
  node: number
  /** A node_modules folder to look in besides those of the checkout. */
  dependencies: string | undefined
  /** Packages to leave out: they lie beside the bundle in the image. */
  external: readonly string[]
  log: Log
}

/**
 * CommonJS packages expect these. On the global object, because a declaration would collide with a module's own
 * `const require = createRequire(...)`.
 */
const BANNER =
  "import{createRequire as $mayfly}from'node:module';globalThis.require??=$mayfly(import.meta.url);globalThis.__dirname??=import.meta.dirname;globalThis.__filename??=import.meta.filename;"

/**
 * Bundles an entry and all that it imports into one ES module. Nothing of the checkout is run.
 * @throws UserError with file and line where it does not compile, and where it imports from outside of the checkout.
 */
export async function bundle(request: BundleRequest): Promise<Bundle> {
  // All of this at once: between two steps nothing else waits to be done.
  const directory = realpathSync.native(mkdtempSync(join(tmpdir(), 'mayfly-bundle-')))
  try {
    const outfile = join(directory, 'function.mjs')
    const metafile = join(directory, 'meta.json')
    const options = [
      '--bundle',
      '--platform=node',
      '--format=esm',
      `--target=node${request.node}`,
      '--charset=utf8',
      '--color=false',
    ]
    for (const name of request.external) options.push(`--external:${name}`, `--external:${name}/*`)
    options.push('--sourcemap=linked', '--sources-content=true', '--log-limit=20', '--log-level=warning', `--banner:js=${BANNER}`)
    const result = await command([request.esbuild, request.entry, ...options, `--outfile=${outfile}`, `--metafile=${metafile}`], {
      cwd: request.root,
      env: request.dependencies === undefined ? {} : { NODE_PATH: request.dependencies },
    })
    if (result.code !== 0) throw explainBundleErrors(result.stderr, request.root, request.entry)
    const meta = readMeta(readFileSync(metafile, 'utf8'))
    confine(meta.inputs, request)
    const shown = relative(request.root, request.entry)
    if (!meta.exports.includes('default')) {
      throw new UserError(`${shown} has no default export.`, {
        cure: "Write: export default { fetch(request) { return new Response('hello') } }",
      })
    }
    if (result.stderr.trim() !== '') request.log.warn(result.stderr.trim())
    const name = portableNames(meta.inputs)
    const files = meta.inputs.filter((input) => !/^(?:<|\(disabled\):)/.test(input))
    const isPackage = (input: string) => /(?:^|\/)node_modules\//.test(input)
    return {
      code: renamePaths(readFileSync(outfile), name),
      map: rebase(readFileSync(`${outfile}.map`), directory, request, name),
      sources: files.filter((input) => !isPackage(input)).sort(),
      packages: files
        .filter(isPackage)
        .map((input) => resolve(request.root, input))
        .sort(),
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A hostile entry could import `/root/.docker/config.json`, and the preview would publish it. */
function confine(inputs: readonly string[], request: BundleRequest): void {
  const dependencies = request.dependencies === undefined ? undefined : realpathSync.native(request.dependencies)
  // Most files share their folder with others.
  const folders = new Map<string, boolean>()
  for (const input of inputs) {
    if (input.startsWith('<')) continue
    const path = resolve(request.root, input.replace(/^\(disabled\):/, ''))
    const folder = dirname(path)
    const shares = basename(path) !== '.git' && isPlain(path)
    const inside = shares ? (folders.get(folder) ?? isAllowed(folder)) : isAllowed(path)
    if (shares) folders.set(folder, inside)
    if (inside) continue
    throw new UserError(`${relative(request.root, request.entry)} imports ${input}, which is outside of the checkout.`, {
      cure: 'Import only files of this repository and packages that package.json names.',
    })
  }

  function isAllowed(path: string): boolean {
    let real: string
    try {
      real = realpathSync.native(path)
    } catch {
      // It is not there; nothing of it is in the bundle.
      return true
    }
    if (isInside(real, request.root) && !relative(request.root, real).split(sep).includes('.git')) return true
    return dependencies !== undefined && isInside(real, dependencies)
  }
}

function isPlain(path: string): boolean {
  try {
    return !lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`)
}

function readMeta(text: string): { inputs: string[]; exports: string[] } {
  const meta: unknown = JSON.parse(text)
  if (typeof meta !== 'object' || meta === null || !('inputs' in meta) || !('outputs' in meta))
    throw new Error('esbuild wrote no metafile')
  const outputs: unknown[] = Object.values(meta.outputs ?? {})
  const exports = outputs.flatMap((output) => {
    const names: unknown = typeof output === 'object' && output !== null ? Reflect.get(output, 'exports') : undefined
    return Array.isArray(names) ? names.map(String) : []
  })
  return { inputs: Object.keys(meta.inputs ?? {}), exports }
}

/**
 * Makes the sources' paths relative to the checkout: a stack trace then names the file as its author knows it. Only the list
 * of paths, which comes first, is read; the rest of a map is as large as the program.
 */
function rebase(map: Buffer, directory: string, request: BundleRequest, name: PortableName): Buffer {
  const end = map.indexOf('],\n') + 1
  const head = map.subarray(0, end).toString('utf8')
  const start = head.indexOf('[')
  if (end === 0 || !/^\{\s*"version": 3,\s*"sources": $/.test(head.slice(0, start)))
    throw new Error('esbuild wrote no source map')
  const sources: unknown = JSON.parse(head.slice(start))
  if (!Array.isArray(sources)) throw new Error('esbuild wrote no source map')
  // Nearly all of them begin with the way from the output to the checkout.
  const way = `${relative(directory, request.root)}${sep}`
  const named = sources.map((source) => {
    const path = String(source)
    const rest = path.startsWith(way) && !path.includes(`${sep}.`, way.length - 1) ? path.slice(way.length) : undefined
    return name(rest ?? relative(request.root, resolve(directory, path)))
  })
  return Buffer.concat([Buffer.from(`${head.slice(0, start)}${JSON.stringify(named)}`), map.subarray(end)])
}
