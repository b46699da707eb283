/** git's smart HTTP protocol at `/<owner>/<name>(.git)`, spoken by git's own http-backend. */
import { spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, dirname } from 'node:path'
import { allows, identify } from './access.ts'
import { gitEnvironment } from './git.ts'
import { follow, followFamily } from './pulls.ts'
import { findRepository, type Repository, type State } from './state.ts'

const PATH = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/

/** Serves a request of git's; false where it is none. */
export async function serveGit(state: State, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const url = new URL(request.url ?? '/', 'http://stand-in')
  const [, owner, name, service = ''] = PATH.exec(url.pathname) ?? []
  if (owner === undefined || name === undefined) return false
  const writes = service === 'git-receive-pack' || url.searchParams.get('service') === 'git-receive-pack'
  const repository = findRepository(state, `${owner}/${name}`)
  const identity = identify(state, request.headers.authorization)
  if (identity === undefined && (request.headers.authorization !== undefined || writes || repository?.private !== false)) {
    refuse(response, 401, 'Authentication is needed.')
  } else if (repository === undefined || (repository.private && identity && !allows(identity, 'contents', 'read'))) {
    refuse(response, 404, 'Repository not found.')
  } else if (writes && !(identity && allows(identity, 'contents', 'write'))) {
    refuse(response, 403, 'Write access to repository not granted.')
  } else {
    await follow(state, repository)
    await backend(request, response, repository, { service, query: url.search.slice(1), login: identity?.login })
    if (service === 'git-receive-pack') await followFamily(state, repository)
    response.end()
  }
  return true
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="GitHub"' } : {}
  response.writeHead(status, { 'content-type': 'text/plain', ...challenge }).end(`${message}\n`)
}

interface Service {
  service: string
  query: string
  login: string | undefined
}

/** Runs the backend as a CGI program. Resolves once it has said everything; the response is left open. */
function backend(request: IncomingMessage, response: ServerResponse, repository: Repository, asked: Service): Promise<void> {
  const child = spawn('git', ['http-backend'], {
    env: gitEnvironment({
      GIT_PROJECT_ROOT: dirname(repository.directory),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${basename(repository.directory)}/${asked.service}`,
      QUERY_STRING: asked.query,
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      ...(request.headers['content-length'] ? { CONTENT_LENGTH: request.headers['content-length'] } : {}),
      ...(request.headers['content-encoding'] ? { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] } : {}),
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      ...(asked.login === undefined ? {} : { REMOTE_USER: asked.login }),
    }),
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  // git stops reading once it knows enough; a client that goes away ends the backend by a closed pipe.
  child.stdin.on('error', () => {})
  request.pipe(child.stdin)
  let head: Buffer | undefined = Buffer.alloc(0)
  child.stdout.on('data', (chunk: Buffer) => {
    if (head === undefined) return void response.write(chunk)
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    const { status, headers } = readHead(head.subarray(0, end).toString())
    response.writeHead(status, headers)
    response.write(head.subarray(end + 4))
    head = undefined
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => {
      if (head !== undefined) response.writeHead(500)
      resolve()
    })
  })
}

function readHead(text: string): { status: number; headers: Record<string, string> } {
  const lines = text
    .split('\r\n')
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const)
  const status = Number(lines.find(([name]) => name.toLowerCase() === 'status')?.[1]?.slice(0, 3) ?? 200)
  return { status, headers: Object.fromEntries(lines.filter(([name]) => name.toLowerCase() !== 'status')) }
}
