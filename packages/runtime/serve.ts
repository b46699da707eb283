import { createServer, type IncomingMessage, type Server } from 'node:http'
import { getRequestListener, RequestError } from '@hono/node-server'
import { type Handler, HandlerError, readHandler } from './handler.ts'
import { HEALTH_PATH } from './index.ts'

export interface Serving {
  /** Imports the user's module; called once, after the web's classes are in place. */
  load: () => Promise<unknown>
  name: string
  /** The commit that the image was built from. */
  revision: string
  port: number
}

/** How long requests that are under way may take to end after SIGTERM, in milliseconds; engines kill after ten seconds. */
const GRACE = 5000

/**
 * Serves one handler over HTTP/1.1 until it is told to stop. The path is passed on whole: a function with the route
 * `/api` sees `/api/...`. WebSockets are no part of the contract: an upgrade request reaches the handler as a plain GET.
 */
export async function serveHandler(serving: Serving): Promise<void> {
  let handler: Handler | undefined
  const listener = getRequestListener((request) => answer(handler, request), { errorHandler: explain })
  const server = createServer((incoming, outgoing) => {
    outgoing.setHeader('x-mayfly-revision', serving.revision)
    outgoing.on('close', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections())
    })
    if (!server.listening) outgoing.setHeader('connection', 'close')
    if (incoming.url === HEALTH_PATH) {
      outgoing.setHeader('content-type', 'application/json')
      outgoing.end(JSON.stringify({ revision: serving.revision, name: serving.name }))
      return
    }
    incoming.url = absolute(incoming)
    void listener(incoming, outgoing)
  })
  stopOnSignal(server)
  // One request's forgotten promise must not end the others. An exception outside of any promise still ends the process:
  // what it interrupted is unknown.
  process.on('unhandledRejection', (error) => console.error('Unhandled rejection:', error))
  try {
    handler = readHandler(await serving.load())
  } catch (error) {
    console.error(`${serving.name} cannot start:`, error instanceof HandlerError ? error.message : error)
    process.exit(1)
  }
  server.on('error', (error) => {
    console.error(`${serving.name} cannot listen on port ${serving.port}: ${error.message}`)
    process.exit(1)
  })
  server.listen(serving.port, '0.0.0.0', () => console.log(`${serving.name} is ready on port ${serving.port}.`))
}

async function answer(handler: Handler | undefined, request: Request): Promise<Response> {
  if (handler === undefined) return new Response('Starting.', { status: 503 })
  const response: unknown = await handler.fetch(request)
  if (!isResponse(response))
    throw new TypeError(`fetch answered ${request.method} ${request.url} with something that is no Response.`)
  return response
}

/** By shape: a Response may come from another copy of the class (a polyfill, node's own fetch). */
function isResponse(value: unknown): value is Response {
  return typeof value === 'object' && value !== null && 'status' in value && 'headers' in value && 'body' in value
}

/** The stack goes to the log, where source maps point it at the user's lines; the caller learns only that it failed. */
function explain(error: unknown): Response {
  if (error instanceof RequestError) return new Response('Bad Request', { status: 400 })
  console.error(error)
  return new Response('Internal Server Error', { status: 500 })
}

/** TLS ends at the gateway: without this a handler would redirect its visitors from https to http. */
function absolute(incoming: IncomingMessage): string {
  const { host, 'x-forwarded-proto': proto } = incoming.headers
  const url = incoming.url ?? '/'
  return proto === 'https' && url.startsWith('/') && /^[\w.:[\]-]+$/.test(host ?? '') ? `https://${host}${url}` : url
}

/** As process 1 it gets no default action for signals, so that without this every stop would take ten seconds. */
function stopOnSignal(server: Server): void {
  const stop = () => {
    server.close(() => process.exit(0))
    setTimeout(() => {
      server.closeAllConnections()
      process.exit(0)
    }, GRACE).unref()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)
}
