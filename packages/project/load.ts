import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { type Log, UserError } from '@mayfly/core'
import { unescaped } from './checks.ts'
import { PROJECT_NAME } from './compose-config.ts'
import { readCompose } from './compose-project.ts'
import { chooseDefault } from './default-service.ts'
import { findProject } from './find.ts'
import { PolicyError } from './findings.ts'
import { type FoundFunction, findFunctions } from './functions.ts'
import { defaultField } from './mayfly-fields.ts'
import type { ComposeModel } from './model.ts'
import { confine, shown } from './paths.ts'
import { placesOf } from './policy.ts'
import type { Project } from './project.ts'
import { checkRoutes, toService } from './services.ts'

export interface LoadOptions {
  root: string
  /** Relative to `root`; undefined: found by its usual name. */
  composeFile?: string | undefined
  profiles?: readonly string[] | undefined
  /** The variables that the workflow lets through, with their values. Nothing else of the runner's environment is seen. */
  env: Readonly<Record<string, string>>
  /** Where the docker command is looked up; by default where Linux keeps programs. */
  path?: string | undefined
  log: Log
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Reads a checkout as a project: finds what it is, normalises it, refuses what could reach the host.
 * Writes nothing and starts nothing.
 * @throws PolicyError with every finding at once; UserError for anything else that is wrong in the checkout.
 */
export async function loadProject(options: LoadOptions): Promise<Project> {
  if (!existsSync(options.root)) throw new UserError(`There is no folder ${options.root}.`)
  const root = realpathSync(options.root)
  const functions = findFunctions(root)
  const found = findProject(root, options.composeFile, functions.length > 0)
  const { model, origins } =
    found.kind === 'compose'
      ? await readCompose(root, found, { ...options, path: options.path ?? PATH })
      : { model: syntheticModel(root, found.kind), origins: undefined }
  const where = placesOf(origins?.files ?? [])
  addFunctions(root, model, functions)
  const names = inOrder(model, origins?.order ?? [])
  if (names.length === 0) {
    throw new UserError('The project has no active service.', {
      cure: 'Add one under `services:`, or choose the profile that has one.',
    })
  }
  const services = names.map((name) => toService(root, model, name, where))
  checkRoutes(services)
  const named = defaultField(model, where)
  if (named !== undefined && services.some((service) => service.name === named && !service.public)) {
    throw new UserError(`${where(['x-mayfly', 'default'])} is ${named}, which is not public.`, {
      cure: `Take public: false out of ${named}.`,
    })
  }
  const defaultService = named ?? chooseDefault(services, model)
  const notices = dropHostParts(model, names)
  const files = [
    ...(origins?.files.map((file) => file.name) ?? (found.kind === 'dockerfile' ? ['Dockerfile'] : [])),
    ...functions.map((each) => each.manifest.file),
  ]
  return { kind: found.kind, root, files, model, services, defaultService, notices }
}

function syntheticModel(root: string, kind: 'dockerfile' | 'functions'): ComposeModel {
  const model: ComposeModel = { name: PROJECT_NAME, services: {}, networks: { default: { name: `${PROJECT_NAME}_default` } } }
  if (kind === 'dockerfile') {
    const place = confine(root, join(root, 'Dockerfile'))
    if (!place.inside) {
      const cure = `It ${place.why}. Keep the Dockerfile itself in the repository.`
      throw new PolicyError([
        { service: 'app', field: 'Dockerfile', value: 'a file elsewhere', cure, file: 'Dockerfile', line: undefined },
      ])
    }
    model.services.app = { build: { context: escaped(root), dockerfile: 'Dockerfile' }, networks: { default: null } }
  }
  return model
}

/** Adds the functions that no service builds. */
function addFunctions(root: string, model: ComposeModel, functions: readonly FoundFunction[]): void {
  const contexts = new Set(
    Object.values(model.services).flatMap((service) => {
      const place = service.build && confine(root, unescaped(service.build.context))
      return place?.inside ? [place.path] : []
    }),
  )
  for (const { name, directory, manifest } of functions) {
    if (contexts.has(directory)) continue
    if (Object.hasOwn(model.services, name)) {
      throw new UserError(`${manifest.file} is a function called ${name}, and the project has another service of that name.`, {
        cure: `Rename the folder, or write \`build: ./${shown(root, directory)}\` at the service ${name}.`,
      })
    }
    model.services[name] = { build: { context: escaped(directory) }, networks: { default: null } }
    model.networks = { default: { name: `${PROJECT_NAME}_default` }, ...model.networks }
  }
}

function inOrder(model: ComposeModel, order: readonly string[]): string[] {
  const names = Object.keys(model.services)
  return [...order.filter((name) => names.includes(name)), ...names.filter((name) => !order.includes(name))]
}

/** What a preview has no use for. Profiles were chosen by now: left in, they would keep their services from starting. */
function dropHostParts(model: ComposeModel, names: readonly string[]): string[] {
  const notices: string[] = []
  for (const name of names) {
    const service = model.services[name]
    if (service === undefined) continue
    for (const port of service.ports ?? []) {
      if (port.published === undefined) continue
      notices.push(`${name}: port ${port.published} is not published on the host; the gateway reaches the container itself.`)
    }
    if (service.develop !== undefined) notices.push(`${name}: develop is left out; a preview does not watch files.`)
    for (const key of ['ports', 'develop', 'profiles']) delete service[key]
  }
  return notices
}

function escaped(path: string): string {
  return path.replaceAll('$', '$$$$')
}
