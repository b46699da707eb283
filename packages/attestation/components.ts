import { basename, dirname, join } from 'node:path'
import { limiter } from '@mayfly/core'
import { integrityIn, type Read } from './integrity.ts'
import { fieldOf } from './json.ts'
import { readLicense } from './license.ts'
import { npmPurl } from './purl.ts'

/** One package that is in an artifact. */
export interface Component {
  name: string
  /** Empty where the package does not say one. */
  version: string
  /** Package URL (github.com/package-url/purl-spec). */
  purl: string
  /** SPDX expression; empty where the package says none. */
  license: string
  /** Of the archive that it was installed from, such as `sha512-...`, where that is known. */
  hash?: string
}

/** Files that are open at a time. */
const AT_ONCE = 16
/** npm, validate-npm-package-name: the old rules, since old packages are used too. */
const NAME = /^(?:@[\w.~-]+\/)?[\w.~-]+$/
const VERSION = /^[\w.+~-]{1,256}$/

/**
 * The packages that files of a bundle belong to: each file's nearest folder below a node_modules. Sorted, each once. A package
 * that does not say who it is goes by its folder: what is in an artifact is not hidden by a broken package.json.
 * @param files paths, such as the inputs of esbuild's metafile.
 * @param read gives the text of a file; undefined where there is none.
 */
export async function componentsOf(files: readonly string[], read: Read): Promise<Component[]> {
  const folders = new Set(files.flatMap((file) => packageFolder(file) ?? []))
  const slot = limiter(AT_ONCE)
  const one = (path: string) => slot(() => read(path))
  const integrityOf = integrityIn(one)
  const found = await Promise.all(
    [...folders].map(async (folder) => {
      const [text, hash] = await Promise.all([one(join(folder, 'package.json')), integrityOf(folder)])
      return toComponent(text, folder, hash)
    }),
  )
  return eachOnce(found.filter((component) => component !== undefined))
}

/** Sorted, and each package once: of copies that differ, the same one is kept whatever their order is. */
export function eachOnce(components: readonly Component[]): Component[] {
  const once = new Map<string, { text: string; component: Component }>()
  for (const component of components) {
    const { name, version, purl, license, hash } = component
    const text = JSON.stringify([name, version, license, hash])
    const kept = once.get(purl)
    if (kept === undefined || text < kept.text) once.set(purl, { text, component })
  }
  return [...once.values()].map(({ component }) => component).sort((a, b) => (a.purl < b.purl ? -1 : 1))
}

/** `/x/node_modules/@scope/name` of `/x/node_modules/@scope/name/lib/a.js`. */
function packageFolder(file: string): string | undefined {
  return /^.*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+/.exec(file)?.[0]
}

function toComponent(text: string | undefined, folder: string, hash: string | undefined): Component | undefined {
  const scope = basename(dirname(folder))
  const called = scope.startsWith('@') ? `${scope}/${basename(folder)}` : basename(folder)
  // `.pnpm`, `.cache` and the like are tools' own.
  if (text === undefined && called.startsWith('.')) return undefined
  const manifest = parsed(text ?? '')
  const [said, number] = [fieldOf(manifest, 'name'), fieldOf(manifest, 'version')]
  const name = typeof said === 'string' && said.length <= 214 && NAME.test(said) ? said : called
  const version = typeof number === 'string' && VERSION.test(number) ? number : ''
  const component = { name, version, purl: npmPurl(name, version), license: readLicense(manifest) }
  return hash === undefined ? component : { ...component, hash }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
