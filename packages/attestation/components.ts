import { basename, dirname, join } from 'node:path'

/** One package that is in an artifact. */
export interface Component {
  name: string
  version: string
  /** Package URL (github.com/package-url/purl-spec). */
  purl: string
  /** SPDX expression; empty where the package says none. */
  license: string
}

/**
 * The packages that files of a bundle belong to: each file's nearest folder below a node_modules. Sorted, each once.
 * @param read gives the text of a file; undefined where there is none.
 */
export async function componentsOf(
  files: readonly string[],
  read: (path: string) => Promise<string | undefined>,
): Promise<Component[]> {
  const folders = new Set(files.flatMap((file) => packageFolder(file) ?? []))
  const components = new Map<string, Component>()
  for (const folder of folders) {
    const component = toComponent(await read(join(folder, 'package.json')), folder)
    if (component !== undefined) components.set(component.purl, component)
  }
  return [...components.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1))
}

/** `/x/node_modules/@scope/name` of `/x/node_modules/@scope/name/lib/a.js`. */
function packageFolder(file: string): string | undefined {
  return /^.*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+/.exec(file)?.[0]
}

function toComponent(text: string | undefined, folder: string): Component | undefined {
  if (text === undefined) return undefined
  let manifest: unknown
  try {
    manifest = JSON.parse(text)
  } catch {
    return undefined
  }
  const field = (name: string): string => {
    const value: unknown = typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, name) : undefined
    return typeof value === 'string' ? value : ''
  }
  const scope = basename(dirname(folder))
  const name = field('name') || (scope.startsWith('@') ? `${scope}/${basename(folder)}` : basename(folder))
  const version = field('version')
  if (version === '') return undefined
  return { name, version, purl: purlOf(name, version), license: field('license') }
}

/** A scope's `@` is written %40 (purl-spec, "npm"). */
function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.split('/').map(encodeURIComponent).join('/')}@${encodeURIComponent(version)}`
}
