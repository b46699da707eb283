/** What GitHub's description needs before ajv can read it, and what JSON Schema alone does not check. */
import type { Json } from './cut.ts'

/**
 * OpenAPI 3.0 says `nullable`, which JSON Schema has not. ajv knows it only beside a `type`, and then still
 * refuses null where an `enum` does not name it. Answers a copy that says the same in words ajv reads.
 */
export function readable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(readable)
  if (!isObject(schema)) return schema
  const copy: Json = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === 'enum' ? value : readable(value)]),
  )
  if (copy.nullable !== true) return copy
  if (typeof copy.type !== 'string') {
    const { nullable: _, ...rest } = copy
    return { anyOf: [rest, { type: 'null' }] }
  }
  if (Array.isArray(copy.enum) && !copy.enum.includes(null)) copy.enum = [...copy.enum, null]
  return copy
}

/**
 * The properties of `value` that no branch of its schemas names, as paths. GitHub's schemas are open nearly
 * everywhere, so that a misspelt `env_url` would pass validation.
 */
export function unknownProperties(
  value: unknown,
  schemas: readonly unknown[],
  resolve: (reference: string) => unknown,
  at = '',
): string[] {
  const branches = schemas.flatMap((schema) => expand(schema, resolve))
  if (Array.isArray(value)) {
    const items = branches.map((branch) => branch.items).filter((item) => item !== undefined)
    return items.length === 0 ? [] : value.flatMap((item, index) => unknownProperties(item, items, resolve, `${at}/${index}`))
  }
  if (!isObject(value)) return []
  const named = branches.map((branch) => branch.properties).filter(isObject)
  const others = branches.map((branch) => branch.additionalProperties).filter(isObject)
  if (named.length === 0)
    return Object.entries(value).flatMap(([key, item]) => unknownProperties(item, others, resolve, `${at}/${key}`))
  return Object.entries(value).flatMap(([key, item]) => {
    const inner = named.filter((properties) => Object.hasOwn(properties, key)).map((properties) => properties[key])
    if (inner.length === 0 && others.length === 0) return [`${at}/${key}`]
    return unknownProperties(item, inner.length > 0 ? inner : others, resolve, `${at}/${key}`)
  })
}

/** A schema as the list of those that make it up, references followed. */
function expand(schema: unknown, resolve: (reference: string) => unknown): Json[] {
  if (!isObject(schema)) return []
  if (typeof schema.$ref === 'string') return expand(resolve(schema.$ref), resolve)
  const parts = [schema.allOf, schema.oneOf, schema.anyOf].flatMap((part) => (Array.isArray(part) ? part : []))
  return [schema, ...parts.flatMap((part) => expand(part, resolve))]
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
