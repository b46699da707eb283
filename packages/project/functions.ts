import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@mayfly/core'
import { PolicyError } from './findings.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { confine, shown } from './paths.ts'
import type { FunctionSource } from './project.ts'

/** Where a function listens inside its container. */
export const FUNCTION_PORT = 8080

const ENTRIES = ['index.ts', 'index.js', 'index.mjs', 'src/index.ts']

/** A folder under functions/ whose package.json has a `mayfly.route`. */
export interface FoundFunction {
  /** The folder's name, and the service's. */
  name: string
  directory: string
  manifest: Manifest
}

/** @throws UserError where a folder's name cannot be a service's, or its package.json does not parse. */
export function findFunctions(root: string): FoundFunction[] {
  const parent = join(root, 'functions')
  if (!existsSync(parent)) return []
  insideFolder(root, parent)
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry): FoundFunction[] => {
      const path = join(parent, entry.name)
      if (!existsSync(join(path, 'package.json'))) return []
      const directory = insideFolder(root, path)
      const manifest = readManifest(root, directory)
      if (manifest?.mayfly?.route === undefined) return []
      // What Compose takes for a service's name (compose-spec, schema).
      if (!/^[a-zA-Z0-9._-]+$/.test(entry.name) || entry.name === '__proto__') {
        throw new UserError(`The function's folder ${JSON.stringify(shown(root, directory))} cannot name a service.`, {
          cure: 'Rename it: letters, digits, dots, dashes and underscores.',
        })
      }
      return [{ name: entry.name, directory, manifest }]
    })
}

function insideFolder(root: string, path: string): string {
  const place = confine(root, path)
  if (place.inside) return place.path
  const name = shown(root, path)
  const cure = `It ${place.why}. Keep the folder itself in the repository.`
  throw new PolicyError([{ service: undefined, field: name, value: 'a folder elsewhere', cure, file: name, line: undefined }])
}

/** @throws UserError that says what was looked for where there is no handler. */
export function functionSource(root: string, directory: string, manifest: Manifest, fallbackName: string): FunctionSource {
  const named = manifest.entries
  const candidates = named.length > 0 ? named : ENTRIES
  for (const candidate of candidates) {
    const place = confine(root, join(directory, candidate))
    // The folder's tree hash is the artifact's key: a handler elsewhere could change without it.
    if (place.inside && place.kind === 'file' && place.path.startsWith(`${directory}/`)) {
      const { name, version, node, license, dependencies, mayfly } = manifest
      return {
        kind: 'function',
        directory,
        name: name ?? fallbackName,
        version,
        route: mayfly?.route,
        entry: place.path,
        node,
        base: mayfly?.base,
        external: mayfly?.external ?? [],
        ttl: mayfly?.ttl,
        license,
        dependencies,
      }
    }
  }
  const folder = shown(root, directory)
  throw new UserError(
    named.length > 0
      ? `${manifest.file} names ${named.join(', ')} as the function's entry, which is not in ${folder}.`
      : `The function ${folder} has no entry: ${ENTRIES.join(', ')} were looked for.`,
    { cure: 'Add index.ts with `export default { fetch(request) { ... } }`, or name the file by "main" in package.json.' },
  )
}
