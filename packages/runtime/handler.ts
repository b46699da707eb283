/** What a function's module exports by default: the contract of Workers, Deno, Bun and Hono. */
export interface Handler {
  fetch(request: Request): unknown
}

/** The module is no handler; its message says all, its stack nothing. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError'
}

/** @throws HandlerError naming what the module exports instead. */
export function readHandler(module: unknown): Handler {
  const exported = typeof module === 'object' && module !== null ? Reflect.get(module, 'default') : undefined
  if (isHandler(exported)) return exported
  const found = exported === undefined ? 'no default export' : `a default export without fetch (${typeof exported})`
  throw new HandlerError(`the entry has ${found}. Write: export default { fetch(request) { return new Response('hello') } }`)
}

function isHandler(value: unknown): value is Handler {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return typeof Reflect.get(value, 'fetch') === 'function'
}
