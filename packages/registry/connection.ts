import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { pipeline, type Readable } from 'node:stream'
import { rootCertificates } from 'node:tls'
import { type Log, limiter } from '@mayfly/core'
import type { Challenge } from './challenge.ts'
import type { Credentials } from './credentials.ts'

/** A connection to one registry. What is inside stays inside this room. */
export interface Registry {
  /** As users write it, such as `ghcr.io` or `127.0.0.1:5000`. */
  readonly host: string
  /** How many requests were sent, for measurements. */
  readonly requests: number
  /** @internal */
  readonly inside: Inside
}

export interface Inside {
  origin: string
  credentials: Credentials
  /** What the registry wants to know of its callers, as soon as it has said so. */
  challenge: Challenge | undefined
  /** Authorization header by scope. */
  tokens: Map<string, Promise<string | undefined>>
  slot: <T>(work: () => Promise<T>) => Promise<T>
  /** Pushes under way, by `repository@digest`. */
  pushing: Map<string, Promise<'present' | 'mounted' | 'uploaded'>>
  /** Uploads that were begun ahead of what they are for, by repository. */
  begun: Map<string, Promise<URL | undefined>[]>
  /** The empty configuration of what is attached, where it was sent ahead, by repository. */
  empties: Map<string, Promise<unknown>>
  agents: { http: http.Agent; https: https.Agent }
  log: Log
  /** Milliseconds before the first repetition; each further one waits twice as long. */
  pause: number
  count: { requests: number }
}

export interface RegistryOptions {
  host: string
  credentials: Credentials
  log: Log
  /** Requests under way at once. */
  concurrency?: number
  /** PEM of an authority to trust besides the usual ones. */
  ca?: string
  pause?: number
}

/** Connections are kept open: a push is a dozen small requests. Nothing is asked yet. */
export function openRegistry({ host, credentials, log, concurrency = 6, ca, pause = 250 }: RegistryOptions): Registry {
  const settings = { keepAlive: true, maxSockets: concurrency + 2 }
  const agents = {
    http: new http.Agent(settings),
    https: new https.Agent({ ...settings, ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) }),
  }
  const count = { requests: 0 }
  const origin = `${isLoopback(host) ? 'http' : 'https'}://${host === 'docker.io' ? 'registry-1.docker.io' : host}`
  const slot = limiter(concurrency)
  const inside: Inside = {
    origin,
    credentials,
    challenge: undefined,
    tokens: new Map(),
    slot,
    pushing: new Map(),
    begun: new Map(),
    empties: new Map(),
    agents,
    log,
    pause,
    count,
  }
  return {
    host,
    inside,
    get requests() {
      return count.requests
    },
  }
}

/** The same hosts that Docker speaks plain HTTP to: 127.0.0.0/8, ::1 and localhost. */
function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host)
}

/** Whether a registry may send its callers there: never from an encrypted connection to one that is not. */
export function isSafe({ origin }: Inside, url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && origin.startsWith('http:'))
}

export interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  url: URL
  body: IncomingMessage
}

export interface Sent {
  method: string
  url: URL
  headers: Record<string, string>
  body?: Uint8Array | Readable | undefined
}

/** How long a registry may keep silent, in milliseconds. */
const SILENCE = 60_000

/** Sends one request as it is. @throws where the connection breaks or nothing comes for a minute. */
export function send({ agents, count }: Inside, { method, url, headers, body }: Sent): Promise<Answer> {
  count.requests++
  const plain = url.protocol === 'http:'
  const agent = plain ? agents.http : agents.https
  return new Promise((resolve, reject) => {
    const request = (plain ? http : https).request(url, { method, headers, agent }, (response) => {
      // Who has answered before it was sent everything wants no more of it.
      response.once('end', () => request.writableFinished || request.destroy())
      resolve({ status: response.statusCode ?? 0, headers: response.headers, url, body: response })
    })
    request.setTimeout(SILENCE, () => request.destroy(Object.assign(new Error('no answer for a minute'), { code: 'ETIMEDOUT' })))
    request.on('error', reject)
    if (body === undefined || body instanceof Uint8Array) return void request.end(body)
    // Whichever ends first takes the other with it; who began is told by the first error.
    body.on('error', reject)
    pipeline(body, request, () => {})
  })
}

/** The whole body, at most `limit` bytes. */
export async function readBody({ body }: Answer, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) {
      body.destroy()
      throw new Error(`it is larger than ${limit} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
