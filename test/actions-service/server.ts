/**
 * What GitHub's runner talks to for caches and artifacts: the Twirp calls and the blob storage that the toolkit
 * (@actions/cache, @actions/artifact) uses. There is no published description of it; this follows the toolkit's own sources.
 * An artifact that is uploaded here is among those of the GitHub stand-in.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { GitHub } from '../github/types.ts'

/** The run that a job belongs to. */
export interface RunScope {
  repository: string
  runId: string
  /** Such as `refs/heads/main` or `refs/pull/1/merge`: a cache is for its own ref and, on the default branch, for all. */
  ref: string
  sha: string
}

export interface ActionsService {
  /** What the runner puts into the environment of a job's actions. */
  environment(scope: RunScope): Record<string, string>
  /** The keys of all caches. */
  caches(): string[]
  close(): Promise<void>
}

interface Cache {
  key: string
  version: string
  ref: string
  bytes: Buffer | undefined
}

type Json = Record<string, unknown>

const DEFAULT = 'refs/heads/main'

/** What is there is never written over. The toolkit tries again where it is told anything but 4xx. */
class Conflict extends Error {}

export async function startActionsService(github: GitHub): Promise<ActionsService> {
  const caches: Cache[] = []
  const blobs = new Map<string, Buffer>()
  const blocks = new Map<string, Buffer>()
  let last = 0

  const calls: Record<string, (body: Json, scope: RunScope) => Json> = {
    CreateCacheEntry: ({ key, version }, { ref }) => {
      if (caches.some((cache) => cache.key === key && cache.version === version && cache.ref === ref)) {
        return { ok: false, message: `cache entry with the same key, version, and scope already exists` }
      }
      caches.push({ key: String(key), version: String(version), ref, bytes: undefined })
      return { ok: true, signed_upload_url: blobUrl(`cache-${caches.length - 1}`) }
    },
    FinalizeCacheEntryUpload: ({ key, version }, { ref }) => {
      const at = caches.findIndex((cache) => cache.key === key && cache.version === version && cache.ref === ref)
      const [cache, bytes] = [caches[at], blobs.get(`cache-${at}`)]
      if (cache === undefined || bytes === undefined) return { ok: false }
      cache.bytes = bytes
      return { ok: true, entry_id: String(at + 1) }
    },
    GetCacheEntryDownloadURL: ({ key, restore_keys, version }, { ref }) => {
      const keys = [String(key), ...(Array.isArray(restore_keys) ? restore_keys.map(String) : [])]
      const readable = caches.filter((one) => one.bytes && one.version === version && (one.ref === ref || one.ref === DEFAULT))
      for (const [index, wanted] of keys.entries()) {
        const found = readable.findLast((one) => (index === 0 ? one.key === wanted : one.key.startsWith(wanted)))
        if (found === undefined) continue
        return { ok: true, signed_download_url: blobUrl(`cache-${caches.indexOf(found)}`), matched_key: found.key }
      }
      return { ok: false }
    },
    CreateArtifact: ({ name, workflow_run_backend_id: run }, { repository, runId }) => {
      const taken = github.artifacts(repository).some((one) => one.run === Number(runId) && one.name === name)
      if (taken) throw new Conflict('an artifact with this name already exists on the workflow run')
      return { ok: true, signed_upload_url: blobUrl(`${run}-${name}`) }
    },
    FinalizeArtifact: ({ name, workflow_run_backend_id: run }, { repository, runId, ref, sha }) => {
      const bytes = blobs.get(`${run}-${name}`)
      if (bytes === undefined) return { ok: false }
      const headBranch = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : 'change'
      const id = github.addArtifact(repository, { name: String(name), bytes, run: Number(runId), headBranch, headSha: sha })
      return { ok: true, artifact_id: String(id) }
    },
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://service')
    const body = await readBody(request)
    const blob = /^\/blob\/(.+)$/.exec(url.pathname)?.[1]
    if (blob !== undefined) return serveBlob(request, response, decodeURIComponent(blob), url, body)
    const method = /^\/twirp\/github\.actions\.results\.api\.v1\.\w+\/(\w+)$/.exec(url.pathname)?.[1] ?? ''
    const scope = readToken(request.headers.authorization)
    const call = calls[method]
    if (call === undefined || scope === undefined) {
      response.writeHead(call === undefined ? 404 : 401, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ code: 'bad_route', msg: `${method} with this token is nothing here` }))
      return
    }
    const said = call(JSON.parse(body.toString('utf8')), scope)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(said))
  }

  /** Azure's block blobs (learn.microsoft.com, Put Blob, Put Block, Put Block List), as far as the toolkit uses them. */
  function serveBlob(request: IncomingMessage, response: ServerResponse, name: string, url: URL, body: Buffer): void {
    if (request.method === 'GET' || request.method === 'HEAD') {
      const bytes = blobs.get(name)
      response.writeHead(bytes === undefined ? 404 : 200, { 'content-length': bytes?.length ?? 0 })
      response.end(request.method === 'HEAD' ? undefined : bytes)
      return
    }
    const comp = url.searchParams.get('comp')
    if (comp === 'block') blocks.set(`${name} ${url.searchParams.get('blockid')}`, body)
    else if (comp === 'blocklist') {
      const ids = [...body.toString('utf8').matchAll(/<(?:Latest|Committed|Uncommitted)>([^<]+)</g)].map(([, id]) => id)
      blobs.set(name, Buffer.concat(ids.map((id) => blocks.get(`${name} ${id}`) ?? Buffer.alloc(0))))
    } else blobs.set(name, body)
    response.writeHead(201, { 'x-ms-request-id': String(++last), etag: `"${last}"`, 'last-modified': new Date().toUTCString() })
    response.end()
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      const conflict = error instanceof Conflict
      response.writeHead(conflict ? 409 : 500, { 'content-type': 'application/json' })
      response.end(JSON.stringify(conflict ? { code: 'already_exists', msg: error.message } : { msg: String(error) }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const blobUrl = (name: string) => `${origin}/blob/${encodeURIComponent(name)}?sig=none`

  return {
    environment: (scope) => ({
      ACTIONS_RESULTS_URL: `${origin}/`,
      ACTIONS_RUNTIME_TOKEN: tokenOf(scope),
      ACTIONS_CACHE_SERVICE_V2: 'true',
      // The toolkit serves neither where the server's name is none of GitHub's own, or local.
      GITHUB_SERVER_URL: github.url.replace('127.0.0.1', 'github.localhost'),
    }),
    caches: () => caches.filter(({ bytes }) => bytes !== undefined).map(({ key }) => key),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** A JSON web token that nobody signed; the toolkit reads the run's ids out of `scp`. */
function tokenOf(scope: RunScope): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ scp: `Actions.Results:run-${scope.runId}:job-1`, scope })}.none`
}

function readToken(authorization: string | undefined): RunScope | undefined {
  const payload = /^Bearer [^.]+\.([^.]+)\./.exec(authorization ?? '')?.[1]
  if (payload === undefined) return undefined
  const { repository, runId, ref, sha } = Object(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))).scope
  return { repository: String(repository), runId: String(runId), ref: String(ref), sha: String(sha) }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
