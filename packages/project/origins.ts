import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UserError } from '@mayfly/core'
import { type Document, isMap, isScalar, isSeq, visit } from 'yaml'
import { type FieldPath, type Finding, formatField, oneLine } from './findings.ts'
import { confine, isRemote, shown } from './paths.ts'
import { expandSurely, isDefined, undefinedIn, type Variables } from './variables.ts'
import { type Entry, entriesOf, itemsOf, readYaml, textOf, valuesOf, type YamlFile } from './yaml-file.ts'

/**
 * What Compose reads while it normalises: its answer no longer says where a value came from, so `include`, `extends`,
 * env files and variables are followed here first, in the files as they were written.
 */
export interface Origins {
  /** Every file that Compose would read, in reading order. */
  files: YamlFile[]
  findings: Finding[]
  /** Services in the order of the files, without those that are only extended. */
  order: string[]
  /** Text of all `.env` files together. */
  variables: string
  /** The project's own `.env`, where it has one. */
  dotenv: string | undefined
  /** Files that are named and not there; Compose needs them only where their services are active. */
  missing: UserError[]
}

/** A Compose file, a folder that paths count from, or a file with values only. */
type Wanted = 'file' | 'base' | 'data' | 'optional'

interface Scope {
  /** What relative paths are relative to. */
  base: string
  variables: Variables
  /** Undefined: all services count; else only this one is taken from the file. */
  only: string | undefined
}

export interface OriginOptions {
  /** By realpath. */
  root: string
  files: readonly string[]
  projectDirectory: string
  /** The variables that the workflow lets through. */
  env: Readonly<Record<string, string>>
}

const CURE = {
  outside: 'Keep the file inside the repository and name it by a relative path.',
  link: 'Name the file itself, not a symbolic link.',
  remote: 'Copy what it holds into the repository: what is fetched at run time was never reviewed.',
  variable: (name: string) => `Give it a default (\${${name}:-value}), define it in .env, or let the workflow pass ${name} on.`,
  passed: (name: string) => `Write ${name}: value, define it in .env, or let the workflow pass ${name} on.`,
  path: 'Write the path out: what Compose reads must not depend on a variable that the change can set.',
} as const

/** @throws UserError where a file does not parse, or could be read in two ways. */
export function scanOrigins(options: OriginOptions): Origins {
  const scan = new Scan(options)
  const dotenv = join(options.projectDirectory, '.env')
  const variables: Variables = { env: options.env, dotenv: scan.dotenv(dotenv, undefined) }
  for (const path of options.files) scan.file(path, { base: options.projectDirectory, variables, only: undefined })
  const place = confine(options.root, dotenv)
  if (place.inside && place.kind === 'file') scan.result.dotenv = place.path
  return scan.result
}

/** Holds what was seen, so that files which include or extend each other are read once. */
class Scan {
  readonly result: Origins = { files: [], findings: [], order: [], variables: '', dotenv: undefined, missing: [] }
  readonly #options: OriginOptions
  readonly #seen = new Set<string>()

  constructor(options: OriginOptions) {
    this.#options = options
  }

  file(path: string, scope: Scope): void {
    const visited = [path, scope.base, scope.only].join('\0')
    if (this.#seen.has(visited)) return
    this.#seen.add(visited)
    const known = this.result.files.find((candidate) => candidate.path === path)
    const file = known ?? readYaml(this.#options.root, path)
    if (known === undefined) this.result.files.push(file)
    for (const document of file.documents) {
      this.#variables(file, document, scope)
      for (const services of valuesOf(document, document.contents, 'services')) {
        for (const service of entriesOf(document, services.value)) {
          if (scope.only !== undefined && scope.only !== service.key) continue
          if (scope.only === undefined && !this.result.order.includes(service.key)) this.result.order.push(service.key)
          this.#service(file, document, service, scope)
        }
      }
      // After its own: a file's services come before those that it includes.
      if (scope.only === undefined) this.#includes(file, document, scope)
    }
  }

  /** Compose reads `.env` by itself, and takes a value for a variable from it. */
  dotenv(path: string, from: { file: YamlFile; field: FieldPath; node: unknown } | undefined): string {
    const place = confine(this.#options.root, path)
    if (place.inside) {
      // A folder called .env is some tools' habit; Compose passes it by.
      const text = place.kind === 'file' ? readFileSync(place.path, 'utf8') : ''
      this.result.variables += `${text}\n`
      return `${text}\n`
    }
    const name = shown(this.#options.root, path)
    if (from) this.#refuse(from.file, from.field, from.node, name, CURE.outside)
    else this.#found({ field: name, value: `a file that ${place.why}`, cure: CURE.outside, file: name })
    return ''
  }

  #includes(file: YamlFile, document: Document, scope: Scope): void {
    for (const include of valuesOf(document, document.contents, 'include')) {
      for (const [index, item] of itemsOf(document, include.value).entries()) {
        const field = ['include', index]
        const text = textOf(item)
        const directories = valuesOf(document, item, 'project_directory').map((entry) => {
          const path = this.#path(file, [...field, 'project_directory'], entry.value, scope, 'base')
          return path ?? scope.base
        })
        const paths =
          text !== undefined
            ? [{ field, node: item }]
            : valuesOf(document, item, 'path').flatMap((entry) => textsIn(document, entry, [...field, 'path']))
        const files = paths.map((each) => this.#path(file, each.field, each.node, scope, 'file'))
        const [first] = files
        const bases = directories.length > 0 ? directories : first === undefined ? [] : [dirname(first)]
        const given = valuesOf(document, item, 'env_file').flatMap((entry) => textsIn(document, entry, [...field, 'env_file']))
        for (const base of bases) {
          const texts =
            given.length > 0
              ? given.map((each) => {
                  const path = this.#path(file, each.field, each.node, scope, 'data')
                  return path === undefined ? '' : this.dotenv(path, { file, field: each.field, node: each.node })
                })
              : [this.dotenv(join(base, '.env'), { file, field, node: item })]
          const variables = { ...scope.variables, dotenv: scope.variables.dotenv + texts.join('') }
          for (const path of files) if (path !== undefined) this.file(path, { base, variables, only: undefined })
        }
      }
    }
  }

  #service(file: YamlFile, document: Document, service: Entry, scope: Scope): void {
    const at = ['services', service.key]
    for (const key of ['env_file', 'label_file']) {
      for (const entry of valuesOf(document, service.value, key)) this.#fileList(file, document, entry, [...at, key], scope)
    }
    for (const entry of valuesOf(document, service.value, 'extends')) {
      for (const { field, node } of fieldsOf(document, entry, [...at, 'extends'], 'file')) {
        const path = this.#path(file, field, node, scope, 'file')
        if (path === undefined) continue
        // Which service is meant may be merged from several places: all of them are looked at.
        for (const named of valuesOf(document, entry.value, 'service')) {
          this.file(path, { base: dirname(path), variables: scope.variables, only: textOf(named.value) ?? '' })
        }
      }
      for (const named of textOf(entry.value) === undefined ? valuesOf(document, entry.value, 'service') : [entry]) {
        const name = textOf(named.value)
        if (scope.only !== undefined && name !== undefined) this.file(file.path, { ...scope, only: name })
      }
    }
    for (const entry of valuesOf(document, service.value, 'environment'))
      this.#passed(file, document, entry, [...at, 'environment'], scope)
    for (const build of valuesOf(document, service.value, 'build')) {
      for (const entry of valuesOf(document, build.value, 'args'))
        this.#passed(file, document, entry, [...at, 'build', 'args'], scope)
    }
  }

  #fileList(file: YamlFile, document: Document, entry: Entry, field: FieldPath, scope: Scope): void {
    const single = textOf(entry.value)
    const nodes = single !== undefined ? [{ at: field, node: entry.value }] : listOf(document, entry, field)
    for (const { at, node } of nodes) {
      if (textOf(node) !== undefined) this.#path(file, at, node, scope, 'data')
      const optional = valuesOf(document, node, 'required').some((required) => textOf(required.value) === 'false')
      for (const path of valuesOf(document, node, 'path')) {
        this.#path(file, [...at, 'path'], path.value, scope, optional ? 'optional' : 'data')
      }
    }
  }

  /** `environment: [NAME]` and `NAME:` without a value take the value of whoever runs Compose. */
  #passed(file: YamlFile, document: Document, entry: Entry, field: FieldPath, scope: Scope): void {
    const listed = itemsOf(document, entry.value).map((node, index) => ({ text: textOf(node) ?? '', node, at: index }))
    const bare = [
      ...listed.flatMap(({ text, node, at }) => (text.includes('=') ? [] : [{ name: text, node, at }])),
      ...entriesOf(document, entry.value).flatMap(({ key, value, keyNode }) =>
        value === undefined || (isScalar(value) && value.value === null) ? [{ name: key, node: keyNode, at: key }] : [],
      ),
    ]
    for (const { name, node, at } of bare) {
      if (!isDefined(name, scope.variables)) this.#refuse(file, [...field, at], node, name, CURE.passed(name))
    }
  }

  #variables(file: YamlFile, document: Document, scope: Scope): void {
    visit(document, {
      Scalar: (key, node, ancestors) => {
        if (key === 'key' || typeof node.value !== 'string') return
        for (const name of undefinedIn(node.value, scope.variables)) {
          this.#refuse(file, pathOf(ancestors, node), node, `$${name}`, CURE.variable(name))
        }
      },
    })
  }

  /** The real path of a file that Compose reads; undefined where it was refused or may be missing. */
  #path(file: YamlFile, field: FieldPath, node: unknown, scope: Scope, wanted: Wanted): string | undefined {
    const written = textOf(node) ?? ''
    if (isRemote(written)) return this.#refuse(file, field, node, written, CURE.remote)
    const text = expandSurely(written, scope.variables)
    if (text === undefined) return this.#refuse(file, field, node, written, CURE.path)
    if (isRemote(text)) return this.#refuse(file, field, node, written, CURE.remote)
    if (text.startsWith('~')) return this.#refuse(file, field, node, written, CURE.outside)
    const path = text.startsWith('/') ? text : resolve(scope.base, text)
    const place = confine(this.#options.root, path)
    if (!place.inside) return this.#refuse(file, field, node, written, `It ${place.why}. ${CURE.outside}`)
    // Relative paths in it would count from the link's folder or from the file's, and lead to two places.
    if (wanted !== 'data' && wanted !== 'optional' && place.path !== path)
      return this.#refuse(file, field, node, written, CURE.link)
    // Compose only joins paths to it: it need not be there.
    if (wanted === 'base' || place.kind === 'file') return place.path
    if (place.kind === 'missing' && wanted === 'optional') return undefined
    this.result.missing.push(this.#missing(file, field, node, text, place))
    return undefined
  }

  #missing(file: YamlFile, field: FieldPath, node: unknown, text: string, place: { path: string; kind: string }): UserError {
    const line = file.lineOf(node)
    const where = `${file.name}${line ? `:${line}` : ''}: ${formatField(field)}`
    const optional = field.includes('env_file') ? ', or write `- { path: ..., required: false }`' : ''
    return new UserError(`${where} names ${oneLine(text)}, which is ${place.kind === 'missing' ? 'not there' : 'a folder'}.`, {
      cure: `Add ${shown(this.#options.root, place.path)} to the repository${optional}.`,
    })
  }

  #refuse(file: YamlFile, field: FieldPath, node: unknown, value: string, cure: string): undefined {
    const service = field[0] === 'services' ? String(field[1]) : undefined
    const line = file.lineOf(node)
    this.#found({ service, field: formatField(field), value: oneLine(value), cure, file: file.name, line })
  }

  #found(finding: Partial<Finding> & Pick<Finding, 'field' | 'value' | 'cure'>): void {
    const same = this.result.findings.some((known) => known.field === finding.field && known.value === finding.value)
    if (!same) this.result.findings.push({ service: undefined, file: undefined, line: undefined, ...finding })
  }
}

function listOf(document: Document, entry: Entry, field: FieldPath) {
  return itemsOf(document, entry.value).map((node, index) => ({ at: [...field, index], node }))
}

/** A text, or a list of texts. */
function textsIn(document: Document, entry: Entry, field: FieldPath): { field: FieldPath; node: unknown }[] {
  if (textOf(entry.value) !== undefined) return [{ field, node: entry.value }]
  return listOf(document, entry, field).map(({ at, node }) => ({ field: at, node }))
}

function fieldsOf(document: Document, entry: Entry, field: FieldPath, key: string): { field: FieldPath; node: unknown }[] {
  return valuesOf(document, entry.value, key).map((found) => ({ field: [...field, key], node: found.value }))
}

function pathOf(ancestors: readonly unknown[], leaf: unknown): FieldPath {
  const chain = [...ancestors, leaf]
  return chain.flatMap((node, index): (string | number)[] => {
    const next = chain[index + 1]
    if (isSeq(node)) return [node.items.indexOf(next)]
    if (!isMap(node)) return []
    const pair = node.items.find((item) => item === next)
    return pair && isScalar(pair.key) ? [String(pair.key.value)] : []
  })
}
