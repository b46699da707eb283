/**
 * A GitHub of our own on loopback: stateful, held to GitHub's published contract in both directions, with real bare
 * repositories behind it. For tests and the demo; it keeps no secret and must never listen anywhere else.
 */

import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { identify, readToken } from './access.ts'
import { createAllowance } from './allowance.ts'
import { loadContract } from './contract.ts'
import { createFace } from './face.ts'
import { type Answer, createFaults, keepsAnswer, sendNonsense, spoil, wrongAnswer } from './inject.ts'
import { type Asked, createRest, type Rest } from './rest.ts'
import { serveGit } from './smart-http.ts'
import { createState, findRepository, type State } from './state.ts'
import { DEFAULT_TOKENS, type Fault, type GitHub, type GitHubOptions, type RecordedRequest, type Violation } from './types.ts'

export * from './types.ts'

/** Starts it. Resolves once it listens; `close` ends every connection and removes the repositories. */
export async function startGitHub(options: GitHubOptions = {}): Promise<GitHub> {
  const state = createState(options.clock ?? (() => new Date()))
  const contract = loadContract()
  const faults = createFaults()
  const allowance = createAllowance(state)
  const requests: RecordedRequest[] = []
  const violations: Violation[] = []
  const gone = new AbortController()
  let rest: Rest | undefined

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (rest === undefined || (await serveGit(state, request, response))) return
    const url = new URL(request.url ?? '/', 'http://stand-in')
    if (sendArtifact(state, url.pathname, response)) return
    const path = url.pathname.replace(/^\/api\/v3(?=\/|$)/, '') || '/'
    const text = await readText(request)
    const parsed = readJson(text)
    const authorization = request.headers.authorization
    const asked: Asked = { method: request.method ?? 'GET', path, query: url.searchParams, body: parsed.body, authorization }
    const identity = identify(state, authorization)
    const fault = faults.take(asked.method, path)
    if (fault?.response === 'slow') await wait(fault.milliseconds ?? 1000, undefined, { signal: gone.signal })
    const right = await rightAnswer(rest, asked, fault, parsed.valid)
    const allowed = allowance.use(readToken(authorization) ?? '')
    const answer =
      fault && !keepsAnswer(fault) ? wrongAnswer(fault, state.clock()) : right && (fault ? spoil(right, fault) : right)
    const status = answer
      ? send(response, { ...answer, headers: { ...allowed, ...answer.headers } })
      : fault && sendNonsense(response, fault, right?.body)
    const record = { method: asked.method, path, query: Object.fromEntries(asked.query), body: asked.body, status: status ?? 0 }
    requests.push({ ...record, login: identity?.login, operation: rest.operation(asked), injected: fault?.response })
  }

  const listener: RequestListener = (request, response) => {
    serve(request, response).catch((error: unknown) => {
      // Our own fault, or the end of everything while a slow answer was waited for.
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
      response.end(`The stand-in failed: ${error instanceof Error ? error.message : String(error)}`)
    })
  }
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener)
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'github-stand-in-')))
  await mkdir(directory, { recursive: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the stand-in has no port')
  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${address.port}`
  const links = { html: url, api: `${url}/api/v3` }
  rest = createRest(state, contract, links, violations, allowance.overview)
  const face = createFace(state, links, directory)
  for (const [token, identity] of Object.entries(options.tokens ?? DEFAULT_TOKENS)) face.addToken(token, identity)

  async function close(): Promise<void> {
    if (gone.signal.aborted) return
    gone.abort()
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
    await Promise.all([...state.repositories.values()].map((repository) => repository.turn))
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true })
  }

  const seen = { url, apiUrl: links.api, requests, violations }
  return { ...seen, ...face, inject: faults.inject, close, [Symbol.asyncDispose]: close }
}

/** The bytes of an artifact, at the address that its route answers with. */
function sendArtifact(state: State, path: string, response: ServerResponse): boolean {
  const [, repository, id] = /^\/_artifacts\/([^/]+\/[^/]+)\/(\d+)$/.exec(path) ?? []
  const artifact = repository === undefined ? undefined : findRepository(state, repository)?.artifacts.get(Number(id))
  if (artifact === undefined) return false
  response.writeHead(200, { 'content-type': 'application/octet-stream' })
  response.end(artifact.bytes)
  return true
}

/** What GitHub would say; undefined where a fault keeps the request from taking effect. */
async function rightAnswer(rest: Rest, asked: Asked, fault: Fault | undefined, valid: boolean): Promise<Answer | undefined> {
  if (fault && !keepsAnswer(fault) && fault.applied !== true) return undefined
  if (valid) return rest.answer(asked)
  return {
    status: 400,
    headers: {},
    body: { message: 'Problems parsing JSON', documentation_url: 'https://docs.github.com/rest', status: '400' },
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): number {
  const type = body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }
  response.writeHead(status, { ...type, 'x-github-media-type': 'github.v3; format=json', ...headers })
  response.end(body === undefined ? undefined : JSON.stringify(body))
  return status
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** An empty body is none: octokit sends one with PUT, PATCH and DELETE. */
function readJson(text: string): { valid: boolean; body: unknown } {
  try {
    return { valid: true, body: text.trim() === '' ? undefined : JSON.parse(text) }
  } catch {
    return { valid: false, body: text }
  }
}
