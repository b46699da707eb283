import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseDuration, UserError } from '@mayfly/core'
import { oneLine } from './findings.ts'
import { confine, shown } from './paths.ts'
import { entries, isMapping } from './rule.ts'

/** What Mayfly reads of a package.json. */
export interface Manifest {
  /** Relative to the checkout. */
  file: string
  name: string | undefined
  version: string | undefined
  /** `engines.node`, as written. */
  node: string | undefined
  /** The files that `exports` or `main` names, in that order. */
  entries: string[]
  /** An SPDX expression, as written. */
  license: string | undefined
  /** Name to semver range, as written. */
  dependencies: Readonly<Record<string, string>>
  /** Undefined: it has no `mayfly` field and is no function. */
  mayfly: MayflyField | undefined
}

/** What a package.json says to Mayfly alone. */
export interface MayflyField {
  route: string | undefined
  /** The image that the function's is put on, such as `node:24-slim@sha256:...`. */
  base: string | undefined
  /** Packages that cannot be bundled and go into the image as they are installed. */
  external: string[]
  /** How long an artifact of a pull request is kept at the least, in milliseconds. */
  ttl: number | undefined
}

/**
 * The package.json of a folder; undefined where there is none.
 * @throws UserError that names the file and the field.
 */
export function readManifest(root: string, directory: string): Manifest | undefined {
  const path = join(directory, 'package.json')
  if (!existsSync(path)) return undefined
  const file = shown(root, path)
  const place = confine(root, path)
  if (!place.inside) throw new UserError(`${file} ${place.why}.`, { cure: 'Keep package.json itself in the folder.' })
  let json: unknown
  try {
    json = JSON.parse(readFileSync(place.path, 'utf8'))
  } catch (cause) {
    throw new UserError(`${file} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  if (!isMapping(json)) throw new UserError(`${file} is not a JSON object.`)
  const { name, version, engines, license, dependencies, mayfly } = json
  if (mayfly !== undefined && !isMapping(mayfly))
    throw new UserError(`${file}: mayfly is ${oneLine(mayfly)}, not an object.`, { cure: 'Write "mayfly": { "route": "/..." }.' })
  return {
    file,
    name: text(name, `${file}: name`),
    version: text(version, `${file}: version`),
    node: isMapping(engines) ? text(engines.node, `${file}: engines.node`) : undefined,
    entries: [...exported(json.exports), ...exported(json.main)],
    license: typeof license === 'string' ? license : undefined,
    dependencies: ranges(dependencies, `${file}: dependencies`),
    mayfly: mayfly && readField(mayfly, `${file}: mayfly`),
  }
}

function readField(field: Record<string, unknown>, where: string): MayflyField {
  const base = text(field.base, `${where}.base`)
  const ttl = text(field.ttl, `${where}.ttl`)
  return {
    route: field.route === undefined ? undefined : checkRoute(field.route, `${where}.route`),
    base,
    external: packages(field.external, `${where}.external`),
    ttl: ttl === undefined ? undefined : parseDuration(ttl, `${where}.ttl`),
  }
}

/** Names as npm has them: they become paths in an image. */
function packages(value: unknown, field: string): string[] {
  if (value === undefined) return []
  const isName = (name: unknown): name is string =>
    typeof name === 'string' && /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(name)
  if (Array.isArray(value) && value.every(isName)) return value
  throw new UserError(`${field} is ${oneLine(value)}, not a list of packages.`, { cure: 'Write, for example: ["sharp"].' })
}

function ranges(value: unknown, field: string): Record<string, string> {
  const found = entries(value)
  const bad = found.find(([, range]) => typeof range !== 'string')
  if (bad !== undefined) throw new UserError(`${field}.${bad[0]} is ${oneLine(bad[1])}, not a range of versions.`)
  return Object.fromEntries(found.map(([name, range]) => [name, String(range)]))
}

function text(value: unknown, field: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  throw new UserError(`${field} is ${oneLine(value)}, not a text.`)
}

/** Of `exports` only the root counts, by the conditions that an `import` meets in Node. */
function exported(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(exported)
  return entries(value).flatMap(([key, item]) =>
    ['.', 'node', 'import', 'module', 'default'].includes(key) ? exported(item) : [],
  )
}

/** The version of the nearest package.json at or above a folder, inside the checkout. One that does not parse has none. */
export function nearestVersion(root: string, directory: string): string | undefined {
  for (let folder = directory; folder.startsWith(root); folder = dirname(folder)) {
    try {
      const manifest = readManifest(root, folder)
      if (manifest) return manifest.version
    } catch {
      return undefined
    }
    if (folder === root) return undefined
  }
  return undefined
}

/**
 * A path under the default host: segments of unreserved characters (RFC 3986, 2.3), so that neither the gateway nor
 * a browser can read it as anything else. A slash at the end is dropped.
 */
export function checkRoute(value: unknown, field: string): string {
  const cure = 'Write a path such as /api: it starts with a slash and has no "..", query or wildcard.'
  if (typeof value !== 'string' || !/^\/(?:[A-Za-z0-9._~-]+\/)*(?:[A-Za-z0-9._~-]+)?$/.test(value)) {
    throw new UserError(`${field} is ${oneLine(value)}, which is not a route.`, { cure })
  }
  if (value.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw new UserError(`${field} is ${oneLine(value)}, which is not a route.`, { cure })
  }
  return value === '/' ? value : value.replace(/\/$/, '')
}
