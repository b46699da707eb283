import { fileURLToPath } from 'node:url'

/** Names inside a function's image; the runtime looks for the handler beside itself. */
export const FILES = { runtime: 'runtime.mjs', handler: 'function.mjs', map: 'function.mjs.map' } as const

/** The port inside the container. */
export const PORT = 8080
/** Answers as soon as the handler is loaded; no handler sees it. */
export const HEALTH_PATH = '/.mayfly/health'

/** The program that runs inside a function's container, as source. Only where Mayfly itself runs from its sources. */
export function runtimeEntry(): string {
  return fileURLToPath(new URL('./server.ts', import.meta.url))
}
