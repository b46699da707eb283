import { once } from 'node:events'
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'

/** What goes wrong with one request: answered here instead of by the registry, or broken on the way. */
export type Fault =
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: string }
  /** The connection breaks when this many bytes of the request have passed. */
  | { kind: 'break'; after: number }
  /** The connection breaks when this many bytes of the registry's answer have passed. */
  | { kind: 'cut'; after: number }
  /** The registry's answer, with its body changed. */
  | { kind: 'change'; body: (body: Buffer) => Buffer; headers?: Record<string, string> }

export interface Faults {
  host: string
  /** `METHOD path`, in order. */
  seen: string[]
  /** Headers of each, by the same index. */
  headers: IncomingMessage['headers'][]
  stop(): Promise<void>
}

/** A proxy before a registry. `choose` says what goes wrong with a request; undefined: nothing. */
export async function startFaults(target: string, choose: (method: string, path: string) => Fault | undefined): Promise<Faults> {
  const seen: string[] = []
  const headers: IncomingMessage['headers'][] = []
  const server = createServer((request, response) => {
    const [method, path] = [request.method ?? '', request.url ?? '']
    seen.push(`${method} ${path}`)
    headers.push(request.headers)
    const fault = choose(method, path)
    if (fault?.kind === 'answer') {
      request.resume()
      request.on('end', () => response.writeHead(fault.status, fault.headers).end(fault.body ?? ''))
    } else pass(target, request, response, fault)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return {
    host: `127.0.0.1:${address.port}`,
    seen,
    headers,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function pass(
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  fault: Exclude<Fault, { kind: 'answer' }> | undefined,
): void {
  const [host, port] = target.split(':')
  // The Host header stays: the registry then answers with addresses that lead through here.
  const onward = forward({ host, port, method: request.method, path: request.url, headers: request.headers }, (answer) => {
    if (fault?.kind !== 'change' && fault?.kind !== 'cut') {
      response.writeHead(answer.statusCode ?? 0, answer.headers)
      return void answer.pipe(response)
    }
    const chunks: Buffer[] = []
    answer
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        if (fault.kind === 'cut') {
          response.writeHead(answer.statusCode ?? 0, answer.headers)
          return void response.write(Buffer.concat(chunks).subarray(0, fault.after), () => response.destroy())
        }
        const body = fault.body(Buffer.concat(chunks))
        response
          .writeHead(answer.statusCode ?? 0, { ...answer.headers, 'content-length': String(body.length), ...fault.headers })
          .end(body)
      })
  })
  onward.on('error', () => response.destroy())
  if (fault?.kind !== 'break') return void request.pipe(onward)
  let passed = 0
  request.on('data', (chunk: Buffer) => {
    passed += chunk.length
    onward.write(chunk)
    if (passed < fault.after) return
    request.pause()
    // What has come so far is to reach the registry before the caller finds its connection broken.
    onward.end()
    setTimeout(() => request.socket.destroy(), 50)
  })
  request.on('end', () => onward.end())
}
