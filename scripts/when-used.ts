import { builtinModules, createRequire } from 'node:module'
import { join } from 'node:path'
import type { OnLoadResult, Plugin } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')

/**
 * To import one of Node's own modules into an ES module is to have it loaded at the start and every one of its exports read,
 * some of which bring more along (an HTTP client, for one): 10 ms of each start. Asked for where it is first used, it costs
 * only who uses it. Those that are a function themselves are loaded anyway; packages of others get the module itself.
 */
export const builtinsWhenUsed: Plugin = {
  name: 'builtins-when-used',
  setup(plugin) {
    plugin.onResolve({ filter: BUILTIN }, ({ path, kind, namespace, importer }) => ({
      path: path.replace(/^(node:)?/, 'node:'),
      namespace:
        kind !== 'import-statement' || isPackage(importer) ? 'builtin' : namespace === 'exports' ? 'when-used' : 'exports',
    }))
    plugin.onLoad({ filter: BUILTIN, namespace: 'builtin' }, ({ path }) => ({ contents: `module.exports = ${asked(path)}` }))
    plugin.onLoad({ filter: BUILTIN, namespace: 'exports' }, ({ path }) => exportsOf(path, process.getBuiltinModule(path)))
    plugin.onLoad({ filter: BUILTIN, namespace: 'when-used' }, ({ path }) =>
      whenUsed(asked(path), process.getBuiltinModule(path)),
    )
  },
}

const BUILTIN = new RegExp(`^(?:node:.+|${builtinModules.filter((name) => !name.startsWith('_')).join('|')})$`)

const isPackage = (importer: string) => /[\\/]node_modules[\\/]/.test(importer)

const asked = (path: string) => `process.getBuiltinModule(${JSON.stringify(path)})`

/** Packages that most commands have no use for, and that take milliseconds to set themselves up. */
export const packagesWhenUsed: Plugin = {
  name: 'packages-when-used',
  setup(plugin) {
    const filter = /^(?:acorn|saxes|semver|yaml)$/
    const load = createRequire(import.meta.url)
    plugin.onResolve({ filter }, ({ path, kind, namespace, importer }) =>
      kind === 'import-statement' && !isPackage(importer)
        ? { path, namespace: namespace === 'exports' ? 'when-used' : 'exports' }
        : undefined,
    )
    plugin.onLoad({ filter, namespace: 'exports' }, ({ path }) => exportsOf(path, load(path)))
    plugin.onLoad({ filter, namespace: 'when-used' }, ({ path }) => {
      const found: unknown = load(path)
      // What is a file of its own in there is taken from it: one function then does not bring the whole package along.
      const files = new Map(Object.values(load.cache).map((loaded) => [loaded?.exports, loaded?.filename]))
      const fileOf = (name: string) => files.get(Reflect.get(Object(found), name))
      return whenUsed(`require(${JSON.stringify(path)})`, found, fileOf)
    })
  },
}

/** Between a module and all who import it: each of them would else make a copy of its list of exports. */
function exportsOf(path: string, found: unknown): OnLoadResult {
  return { contents: `export { default, ${namesOf(found).join(', ')} } from ${JSON.stringify(path)}` }
}

/** A CommonJS module with the exports of another, which is loaded when the first of them is read. */
function whenUsed(loaded: string, found: unknown, fileOf: (name: string) => string | undefined = () => undefined): OnLoadResult {
  // Only what is an object can be stood in for.
  if (typeof found !== 'object' || found === null) return { contents: `module.exports = ${loaded}`, resolveDir: ROOT }
  const getters = namesOf(found).map((name) => {
    const file = fileOf(name)
    return `get ${name}() { return ${file === undefined ? `loaded().${name}` : `require(${JSON.stringify(file)})`} },`
  })
  return {
    contents: `let known\nconst loaded = () => (known ??= ${loaded})\nmodule.exports = {\n${getters.join('\n')}\n}`,
    resolveDir: ROOT,
  }
}

function namesOf(found: unknown): string[] {
  if ((typeof found !== 'object' && typeof found !== 'function') || found === null) throw new Error('a module without exports')
  return Object.keys(found).filter((name) => name !== 'default')
}
