import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { UserError } from '@mayfly/core'
import { confine, shown } from './paths.ts'

export interface FoundCompose {
  kind: 'compose'
  /** Absolute, side by side; later ones override earlier ones. */
  files: string[]
  /** What relative paths count from. */
  projectDirectory: string
}

export type Found = FoundCompose | { kind: 'dockerfile' | 'functions' }

/** In Compose's own order (docs.docker.com/compose/intro/compose-application-model). */
const NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml']
const OVERRIDES = ['compose.override.yml', 'compose.override.yaml', 'docker-compose.override.yml', 'docker-compose.override.yaml']

/**
 * What a checkout is made of: the Compose file that is named; else one by its usual name, with its override file;
 * else a Dockerfile; else functions. Relative paths count from the Compose file's folder, as in Compose.
 */
export function findProject(root: string, composeFile: string | undefined, hasFunctions: boolean): Found {
  if (composeFile !== undefined && composeFile !== '') {
    const place = confine(root, resolve(root, composeFile))
    if (!place.inside)
      throw new UserError(`The compose file "${composeFile}" ${place.why}.`, { cure: 'Name a file of the repository.' })
    if (place.kind !== 'file') {
      throw new UserError(`The compose file "${composeFile}" ${place.kind === 'missing' ? 'is not there' : 'is a folder'}.`, {
        cure: 'Name a file of the repository, or leave the input out.',
      })
    }
    // Both by the folder of the name, even where the name is a link: what is relative then has one meaning.
    const folder = confine(root, dirname(resolve(root, composeFile)))
    if (!folder.inside) throw new UserError(`The compose file "${composeFile}" lies in a folder that ${folder.why}.`)
    return { kind: 'compose', files: [join(folder.path, basename(composeFile))], projectDirectory: folder.path }
  }
  const first = NAMES.find((name) => existsSync(join(root, name)))
  if (first !== undefined) {
    const override = OVERRIDES.find((name) => existsSync(join(root, name)))
    const files = [first, ...(override === undefined ? [] : [override])].map((name) => insideFile(root, name))
    return { kind: 'compose', files, projectDirectory: root }
  }
  if (existsSync(join(root, 'Dockerfile'))) return { kind: 'dockerfile' }
  if (hasFunctions) return { kind: 'functions' }
  throw new UserError(
    `There is nothing to preview in this repository: ${NAMES.join(', ')}, Dockerfile and functions/*/package.json with mayfly.route were looked for.`,
    {
      cure: 'Add one of them at the top of the repository, or name the compose file by the input.',
    },
  )
}

function insideFile(root: string, name: string): string {
  const place = confine(root, join(root, name))
  if (!place.inside) throw new UserError(`${name} ${place.why}.`, { cure: `Put the file itself at ${name}.` })
  if (place.kind !== 'file') throw new UserError(`${shown(root, join(root, name))} is a folder.`)
  return join(root, name)
}
