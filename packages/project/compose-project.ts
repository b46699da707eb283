import { parseEnv } from 'node:util'
import type { Log } from '@mayfly/core'
import { unescaped } from './checks.ts'
import { ComposeRefusal, composeConfig } from './compose-config.ts'
import type { FoundCompose } from './find.ts'
import { PolicyError } from './findings.ts'
import type { Where } from './mayfly-fields.ts'
import type { ComposeModel } from './model.ts'
import { type Origins, scanOrigins } from './origins.ts'
import { confine, shown } from './paths.ts'
import { checkKeys, checkModel, placesOf, toFindings } from './policy.ts'
import type { Hit } from './rule.ts'
import { missing } from './services.ts'

interface ReadOptions {
  profiles?: readonly string[] | undefined
  env: Readonly<Record<string, string>>
  path: string
  log: Log
}

/**
 * A Compose project, normalised and found safe.
 * @throws PolicyError with every finding; UserError where the files do not parse or name what is not there.
 */
export async function readCompose(root: string, found: FoundCompose, options: ReadOptions) {
  const { projectDirectory } = found
  const origins = scanOrigins({ root, files: found.files, projectDirectory, env: options.env })
  const keys = () => toFindings(checkKeys(origins.files), origins.files)
  if (origins.findings.length > 0) throw new PolicyError(distinct([...origins.findings, ...keys()]))
  const model = await composeConfig({
    root,
    projectDirectory,
    files: found.files,
    dotenv: origins.dotenv,
    profiles: options.profiles ?? [],
    env: options.env,
    path: options.path,
    log: options.log,
  }).catch((error: unknown) => {
    if (!(error instanceof ComposeRefusal)) throw error
    const refused = keys()
    if (refused.length > 0) throw new PolicyError(refused, error.message)
    // What is missing was noticed while scanning, with its line; only Compose knows whether it is needed.
    const [needed] = /no such file|not found/i.test(error.message) ? origins.missing : []
    throw needed ?? error
  })
  const hits = [...checkModel(model, root), ...resolveVariables(model, options.env, origins)]
  if (hits.length > 0) throw new PolicyError(toFindings(hits, origins.files))
  resolveFiles(root, model, placesOf(origins.files))
  return { model, origins }
}

/** Configs and secrets that take a variable: Compose would read it when it starts them, elsewhere and later. */
function resolveVariables(model: ComposeModel, env: ReadOptions['env'], origins: Origins): Hit[] {
  const dotenv = parseEnv(origins.variables)
  return (['configs', 'secrets'] as const).flatMap((kind) =>
    Object.entries(model[kind] ?? {}).flatMap(([key, file]): Hit[] => {
      if (file.environment === undefined) return []
      const name = unescaped(file.environment)
      const value = Object.hasOwn(env, name) ? env[name] : Object.hasOwn(dotenv, name) ? dotenv[name] : undefined
      const cure = `Define ${name} in .env, let the workflow pass ${name} on, or name a file.`
      if (value === undefined) return [{ path: [kind, key, 'environment'], value: name, cure }]
      delete file.environment
      file.content = value.replaceAll('$', '$$$$')
      return []
    }),
  )
}

/** Paths that are read in this process are wanted unescaped and real; the policy has already confined them. */
function resolveFiles(root: string, model: ComposeModel, where: Where): void {
  for (const kind of ['configs', 'secrets'] as const) {
    for (const [key, file] of Object.entries(model[kind] ?? {})) {
      if (file.file === undefined) continue
      const place = confine(root, unescaped(file.file))
      if (!place.inside || place.kind !== 'file') throw missing(where([kind, key, 'file']), shown(root, unescaped(file.file)))
      file.file = place.path
    }
  }
  for (const [name, service] of Object.entries(model.services)) {
    for (const [index, mount] of (service.volumes ?? []).entries()) {
      if (mount.type !== 'bind' || mount.source === undefined) continue
      const place = confine(root, unescaped(mount.source))
      const wanted = mount.bind?.create_host_path !== false
      if (!place.inside || (place.kind === 'missing' && !wanted)) {
        throw missing(where(['services', name, 'volumes', index, 'source']), shown(root, unescaped(mount.source)))
      }
      mount.source = place.path
    }
  }
}

function distinct<T extends { field: string }>(findings: readonly T[]): T[] {
  return findings.filter((finding, index) => findings.findIndex((other) => other.field === finding.field) === index)
}
