/** GitHub's own description of its REST interface and webhooks, as something that a message can be held against. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import addFormatsModule from 'ajv-formats'
import type { Json } from './cut.ts'
import { isObject, readable, unknownProperties } from './schema.ts'

export interface Match {
  /** `issues/create-comment`. */
  operation: string
  /** Values out of the path, decoded. */
  parameters: Record<string, string>
  route: Route
}

export interface Contract {
  /** Undefined for what is no operation of the slice. */
  match(method: string, path: string): Match | undefined
  /** What is wrong with a request; empty: nothing. */
  checkRequest(match: Match, query: URLSearchParams, body: unknown): FieldError[]
  /** What is wrong with an answer. Errors that GitHub leaves undocumented (401, 403, 5xx ...) need only an error's shape. */
  checkResponse(match: Match, status: number, body: unknown): string[]
  readonly operations: string[]
}

export interface FieldError {
  field: string
  message: string
}

interface Route {
  method: string
  pattern: RegExp
  /** Where the operation stands in the description, as a JSON pointer. */
  pointer: string
  parameters: Json[]
  operation: Json
}

/** Reads the committed slice. Takes about 50 ms; schemas are compiled when they are first needed. */
export function loadContract(): Contract {
  const document = load('contract.json')
  allowDeletedHead(document, ['pull-request', 'pull-request-simple'])
  allowPages(document, '/users/{username}/packages/{package_type}/{package_name}/versions')
  const { check, resolve } = validator('rest', document)
  const routes = readRoutes(document, resolve)

  function checkQuery(route: Route, query: URLSearchParams): FieldError[] {
    return [...query].flatMap(([name, value]) => {
      const at = route.parameters.findIndex((parameter) => parameter.in === 'query' && parameter.name === name)
      const parameter = route.parameters[at]
      if (parameter === undefined) return [{ field: name, message: `"${name}" is not a permitted query parameter.` }]
      const errors = check(`${route.pointer}/parameters/${at}/schema`, parameter.schema, typed(value, parameter.schema))
      return errors.map((message) => ({ field: name, message: `query ${name}${message}` }))
    })
  }

  function checkBody(route: Route, body: unknown): FieldError[] {
    const described = follow(route.operation.requestBody, resolve)
    const schema = jsonSchema(described)
    if (schema === undefined) return body === undefined ? [] : [{ field: '', message: 'This operation takes no body.' }]
    if (body === undefined && described?.required !== true) return []
    const errors = check(`${route.pointer}/requestBody`, schema, body ?? null).map((message) => ({
      field: fieldOf(message),
      message: `body${message}`,
    }))
    const unknown = unknownProperties(body, [schema], resolve).map((path) => ({
      field: path.slice(1),
      message: `"${path.slice(1)}" is not a permitted key.`,
    }))
    return [...errors, ...unknown]
  }

  return {
    operations: routes.map((route) => String(route.operation.operationId)),
    match(method, path) {
      for (const route of routes) {
        const found = route.method === method ? route.pattern.exec(path) : null
        if (!found) continue
        const parameters = Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, text]) => [name, decode(text)]))
        if (validPath(route, parameters)) return { operation: String(route.operation.operationId), parameters, route }
      }
      return undefined
    },
    checkRequest: ({ route }, query, body) => [...checkQuery(route, query), ...checkBody(route, body)],
    checkResponse({ route }, status, body) {
      const responses = isObject(route.operation.responses) ? route.operation.responses : {}
      const response = follow(responses[String(status)], resolve)
      const schema = jsonSchema(response)
      if (schema === undefined) return checkUndescribed(status, body, response !== undefined)
      // GitHub's errors all carry a `status` that half of its schemas for them do not name.
      const unknown = status < 400 ? unknownProperties(body, [schema], resolve) : []
      return [
        ...check(`${route.pointer}/responses/${status}`, schema, body),
        ...unknown.map((path) => `${path} is not documented`),
      ]
    },
  }
}

/** An answer whose body GitHub does not describe: a success has none, every error has its message. */
function checkUndescribed(status: number, body: unknown, documented: boolean): string[] {
  if (status >= 400) return isObject(body) && typeof body.message === 'string' ? [] : ['an error has no message']
  if (!documented) return [`status ${status} is not documented`]
  return body === undefined ? [] : ['a body is present where none is documented']
}

/** A check of webhook payloads: what is wrong with `payload` as the schema of that name has it. */
export function loadWebhooks(): (name: string, payload: unknown) => string[] {
  const document = load('webhooks.json')
  allowDeletedHead(document, ['pull-request'])
  const { check, resolve } = validator('webhooks', document)
  return (name, payload) => {
    const schema = { $ref: `#/components/schemas/${name}` }
    const unknown = unknownProperties(payload, [schema], resolve).map((path) => `${path} is not documented`)
    return [...check(name, schema, payload), ...unknown]
  }
}

/** GitHub answers null for the repository of a deleted fork; its description does not say so. */
function allowDeletedHead(document: Json, names: readonly string[]): void {
  for (const name of names) {
    const way = ['components', 'schemas', name, 'properties', 'head', 'properties']
    const head = way.reduce<unknown>((place, step) => (isObject(place) ? place[step] : undefined), document)
    if (!isObject(head)) throw new Error(`The description's ${name} has no head. Cut it anew: node scripts/github-contract.ts`)
    head.repo = { anyOf: [head.repo, { type: 'null' }] }
  }
}

/** GitHub pages this list as it does its twin for organizations; its description names the parameters of that one alone. */
function allowPages(document: Json, path: string): void {
  const found = ['paths', path, 'get'].reduce<unknown>((place, step) => (isObject(place) ? place[step] : undefined), document)
  if (!isObject(found) || !Array.isArray(found.parameters)) throw new Error(`The description has no ${path}.`)
  found.parameters.push({ $ref: '#/components/parameters/page' }, { $ref: '#/components/parameters/per-page' })
}

function load(file: string): Json {
  const parsed: unknown = readable(JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')))
  if (!isObject(parsed)) throw new Error(`${file} is not an OpenAPI description. Cut it anew: node scripts/github-contract.ts`)
  return parsed
}

function validator(id: string, document: Json) {
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormatsModule.default(ajv)
  for (const format of ['uri-template', 'repo.nwo', 'email']) ajv.addFormat(format, true)
  // GitHub answers "" for an unset log_url or target_url though its schema says uri.
  ajv.addFormat('uri', (text) => text === '' || /^[a-z][a-z0-9+.-]*:\S+$/i.test(text))
  ajv.addSchema({ components: document.components }, id)
  const compiled = new Map<string, ReturnType<typeof ajv.compile>>()

  /** What is wrong with `value`; `key` names the schema, so that it is compiled once. */
  function check(key: string, schema: unknown, value: unknown): string[] {
    const known = compiled.get(key) ?? ajv.compile(absolute(schema, id) as Json)
    compiled.set(key, known)
    if (known(value)) return []
    return (known.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? 'is not valid'}${detail(error.params)}`)
  }

  function resolve(reference: string): unknown {
    const steps = reference.slice(2).split('/')
    return steps.reduce<unknown>((value, step) => (isObject(value) ? value[step] : undefined), document)
  }
  return { check, resolve }
}

function detail(params: Record<string, unknown>): string {
  const said = params.allowedValues ?? params.allowedValue
  return said === undefined ? '' : ` ${JSON.stringify(said)}`
}

function absolute(schema: unknown, id: string): unknown {
  if (Array.isArray(schema)) return schema.map((item) => absolute(item, id))
  if (!isObject(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === '$ref' ? `${id}${String(value)}` : absolute(value, id)]),
  )
}

function readRoutes(document: Json, resolve: (reference: string) => unknown): Route[] {
  const routes = entries(document.paths).flatMap(([path, item]) =>
    entries(item).map(([method, operation]): Route => {
      const parameters = Array.isArray(operation.parameters) ? operation.parameters.map((one) => follow(one, resolve) ?? {}) : []
      const slashes = new Set(parameters.filter((one) => one['x-multi-segment'] === true).map((one) => one.name))
      const pattern = path.replace(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>${slashes.has(name) ? '.+' : '[^/]+'})`)
      return {
        method: method.toUpperCase(),
        pattern: new RegExp(`^${pattern}$`),
        pointer: `${method} ${path}`,
        parameters,
        operation,
      }
    }),
  )
  // The more of a path is literal, the earlier it is tried: `/issues/comments/{id}` before `/issues/{number}/comments`.
  return routes.sort((a, b) => literals(b) - literals(a))
}

const literals = (route: Route) => route.pointer.split('/').filter((segment) => !segment.startsWith('{')).length

function validPath(route: Route, values: Record<string, string>): boolean {
  return route.parameters.every((parameter) => {
    const whole = parameter.in === 'path' && isObject(parameter.schema) && parameter.schema.type === 'integer'
    return !whole || /^\d{1,15}$/.test(values[String(parameter.name)] ?? '')
  })
}

/** A query's text as the type that the schema asks for, where it can be read so. */
function typed(text: string, schema: unknown): unknown {
  const type = isObject(schema) ? schema.type : undefined
  if (type === 'integer' || type === 'number') return /^-?\d+$/.test(text) ? Number(text) : text
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return text
}

function jsonSchema(message: Json | undefined): unknown {
  const content = isObject(message?.content) ? message.content['application/json'] : undefined
  return isObject(content) ? content.schema : undefined
}

function follow(value: unknown, resolve: (reference: string) => unknown): Json | undefined {
  const target = isObject(value) && typeof value.$ref === 'string' ? resolve(value.$ref) : value
  return isObject(target) ? target : undefined
}

function entries(value: unknown): [string, Json][] {
  return Object.entries(isObject(value) ? value : {}).filter((entry): entry is [string, Json] => isObject(entry[1]))
}

const fieldOf = (message: string) => /^\/(\S+)/.exec(message)?.[1] ?? /'(\w+)'/.exec(message)?.[1] ?? ''

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
