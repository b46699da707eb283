/** Cutting an OpenAPI description down to some operations or schemas and all that they refer to. Pure. */

export type Json = { [key: string]: unknown }

export interface Source {
  package: string
  version: string
  licence: string
}

/** Keys that say nothing to a validator. Under `properties` the same words are names, and stay. */
const PROSE = new Set(['description', 'example', 'examples', 'externalDocs', 'summary', 'tags', 'title', 'links'])
/** GitHub's own extension that says something: this path parameter may hold slashes. */
const MULTI_SEGMENT = 'x-multi-segment'

/** The operations with these ids. Throws where one does not exist. */
export function cutOperations(document: Json, ids: readonly string[], source: Source): Json {
  const wanted = new Set(ids)
  const paths: Record<string, Json> = {}
  for (const [path, item] of Object.entries(asJson(document.paths))) {
    for (const [method, operation] of Object.entries(asJson(item))) {
      const id = asJson(operation).operationId
      if (typeof id !== 'string' || !wanted.delete(id)) continue
      const cut = asJson(plain(operation))
      // What a request may set and what an answer holds is all that the stand-in checks.
      delete cut.callbacks
      const entry = paths[path] ?? {}
      entry[method] = cut
      paths[path] = entry
    }
  }
  if (wanted.size > 0) throw new Error(`The description has no operation ${[...wanted].join(', ')}.`)
  return { openapi: document.openapi, 'x-source': source, paths, components: reach(document, paths, {}) }
}

/** The schemas with these names. Throws where one does not exist. */
export function cutSchemas(document: Json, names: readonly string[], source: Source): Json {
  const start = names.map((name) => ({ $ref: `#/components/schemas/${name}` }))
  return { openapi: document.openapi, 'x-source': source, components: reach(document, start, {}) }
}

function reach(document: Json, from: unknown, found: Record<string, Json>): Record<string, Json> {
  if (Array.isArray(from)) {
    for (const item of from) reach(document, item, found)
  } else if (typeof from === 'object' && from !== null) {
    for (const [key, value] of Object.entries(from)) {
      if (key === '$ref' && typeof value === 'string') follow(document, value, found)
      else reach(document, value, found)
    }
  }
  return found
}

function follow(document: Json, reference: string, found: Record<string, Json>): void {
  const [, , kind = '', name = ''] = reference.split('/')
  const group = found[kind] ?? {}
  found[kind] = group
  if (name in group) return
  const target = asJson(asJson(document.components)[kind])[name]
  if (target === undefined) throw new Error(`The description has no ${reference}.`)
  group[name] = plain(target)
  reach(document, group[name], found)
}

function plain(value: unknown, names = false): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item))
  if (typeof value !== 'object' || value === null) return value
  const says = (key: string) => !PROSE.has(key) && (!key.startsWith('x-') || key === MULTI_SEGMENT)
  const entries = Object.entries(value).filter(([key]) => names || says(key))
  return Object.fromEntries(
    entries.map(([key, item]) => [key, key === 'enum' ? item : plain(item, key === 'properties' && !names)]),
  )
}

function asJson(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('The description is not built as expected.')
  return value as Json
}
