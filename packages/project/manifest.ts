import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '@mayfly/core'
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
  /** Undefined: it has no `mayfly` field and is no function. */
  mayfly: { route: string | undefined } | undefined
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
  const { name, version, engines, mayfly } = json
  if (mayfly !== undefined && !isMapping(mayfly))
    throw new UserError(`${file}: mayfly is ${oneLine(mayfly)}, not an object.`, { cure: 'Write "mayfly": { "route": "/..." }.' })
  return {
    file,
    name: text(name, `${file}: name`),
    version: text(version, `${file}: version`),
    node: isMapping(engines) ? text(engines.node, `${file}: engines.node`) : undefined,
    entries: [...exported(json.exports), ...exported(json.main)],
    mayfly: mayfly && { route: mayfly.route === undefined ? undefined : checkRoute(mayfly.route, `${file}: mayfly.route`) },
  }
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
