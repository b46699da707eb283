import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, get, type IncomingMessage, request } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { command } from '@mayfly/core'
import { runtimeEntry } from './index.ts'

const esbuild = createRequire(import.meta.url).resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`)
const options = ['--bundle', '--platform=node', '--format=esm', '--target=node20', '--log-level=warning']
const { stdout: RUNTIME } = await command([esbuild, runtimeEntry(), ...options], { env: {} })

interface Running {
  url: string
  process: ChildProcess
  /** Everything that was written so far, both streams. */
  output(): string
  /** Exit code; null where a signal ended it. */
  ended: Promise<number | null>
}

/** Runs a module as its image would, and waits until it is ready or has ended. */
async function withFunction(module: string, work: (running: Running) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'artifact-runtime-'))
  await writeFile(join(folder, 'runtime.mjs'), RUNTIME)
  await writeFile(join(folder, 'function.mjs'), module)
  const port = await freePort()
  const env = { PORT: String(port), MAYFLY_NAME: 'hello', MAYFLY_REVISION: 'abc123' }
  const child = spawn(process.execPath, ['--enable-source-maps', join(folder, 'runtime.mjs')], { env })
  let output = ''
  const ready = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.includes('is ready on port')) ready.resolve()
    })
  }
  const ended = once(child, 'close').then(() => {
    ready.resolve()
    return child.exitCode
  })
  try {
    await ready.promise
    await work({ url: `http://127.0.0.1:${port}`, process: child, output: () => output, ended })
  } finally {
    child.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  server.close()
  await once(server, 'close')
  return address.port
}

test('the handler sees the whole path, and every answer says its revision', async () => {
  const module = "export default { fetch: (request) => new Response(request.method + ' ' + new URL(request.url).pathname) }"
  await withFunction(module, async ({ url }) => {
    const response = await fetch(`${url}/api/time?zone=UTC`)
    assert.equal(await response.text(), 'GET /api/time')
    assert.equal(response.headers.get('x-mayfly-revision'), 'abc123')
    const health = await fetch(`${url}/.mayfly/health`)
    assert.deepEqual(await health.json(), { revision: 'abc123', name: 'hello' })
    assert.equal(health.headers.get('x-mayfly-revision'), 'abc123')
  })
})

test('behind a gateway that speaks TLS the request is https', async () => {
  await withFunction('export default { fetch: (request) => new Response(request.url) }', async ({ url }) => {
    const response = await fetch(`${url}/a?b`, { headers: { 'x-forwarded-proto': 'https' } })
    assert.equal(await response.text(), `${url.replace('http:', 'https:')}/a?b`)
  })
})

test('an error of one request is a 500 without details; its stack is in the log, and the next request is answered', async () => {
  const module = `
    const fail = { '/throw': () => { throw new Error('thrown') }, '/reject': async () => { throw new Error('rejected') },
      '/nothing': () => undefined, '/later': () => { Promise.reject(new Error('later')); return new Response('fine') } }
    export default { fetch: (request) => (fail[new URL(request.url).pathname] ?? (() => new Response('fine')))() }`
  await withFunction(module, async ({ url, output }) => {
    for (const path of ['/throw', '/reject', '/nothing']) {
      const response = await fetch(url + path)
      assert.equal(response.status, 500, path)
      assert.equal(await response.text(), 'Internal Server Error')
      assert.equal(response.headers.get('x-mayfly-revision'), 'abc123')
    }
    assert.equal(await (await fetch(`${url}/later`)).text(), 'fine')
    assert.equal(await (await fetch(url)).text(), 'fine')
    assert.match(output(), /Error: thrown\n +at .*function\.mjs:2/)
    assert.match(output(), /Error: rejected/)
    assert.match(output(), /fetch answered GET .*\/nothing with something that is no Response/)
    assert.match(output(), /Unhandled rejection: Error: later/)
  })
})

test('a request that is not HTTP as it should be is the caller’s error', async () => {
  await withFunction("export default { fetch: () => new Response('fine') }", async ({ url }) => {
    const response = await new Promise<IncomingMessage>((resolve) => get(url, { headers: { host: 'a b' } }, resolve))
    assert.equal(response.statusCode, 400)
    response.resume()
  })
})

test('bodies stream both ways: each piece comes back before the next is sent', async () => {
  await withFunction('export default { fetch: (request) => new Response(request.body) }', async ({ url }) => {
    const outgoing = request(url, { method: 'POST' })
    outgoing.write('one')
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    response.setEncoding('utf8')
    assert.deepEqual(await once(response, 'data'), ['one'])
    outgoing.write('two')
    assert.deepEqual(await once(response, 'data'), ['two'])
    outgoing.end()
    response.resume()
    await once(response, 'end')
  })
})

test('told to stop, it takes no more requests, ends those under way and exits with 0', async () => {
  const module = `
    let go
    export default { fetch: (request) => {
      if (new URL(request.url).pathname === '/go') { process.kill(process.pid, 'SIGTERM'); setTimeout(go, 100); return new Response('going') }
      return new Promise((resolve) => { console.log('waiting'); go = () => resolve(new Response('done')) })
    } }`
  await withFunction(module, async (running) => {
    const waiting = fetch(`${running.url}/wait`)
    const { promise, resolve } = Promise.withResolvers<void>()
    running.process.stdout?.on('data', () => running.output().includes('waiting') && resolve())
    await promise
    await (await fetch(`${running.url}/go`)).text()
    const response = await waiting
    assert.equal(await response.text(), 'done')
    assert.equal(await running.ended, 0)
    await assert.rejects(fetch(running.url))
  })
})

const BROKEN: [string, string, RegExp][] = [
  [
    'nothing is exported',
    'export const fetch = () => {}',
    /^hello cannot start: the entry has no default export\. Write: export default \{ fetch\(request\).*\n$/,
  ],
  [
    'the default export has no fetch',
    'export default { get() {} }',
    /^hello cannot start: the entry has a default export without fetch \(object\)\..*\n$/,
  ],
  ['the module throws', "throw new Error('no database')", /^hello cannot start: Error: no database\n +at /],
]

for (const [what, module, expected] of BROKEN) {
  test(`where ${what}, it says so in one clear line and exits with 1`, async () => {
    await withFunction(module, async ({ ended, output }) => {
      assert.equal(await ended, 1)
      // Node shows the line that threw first.
      assert.match(output(), expected)
    })
  })
}

test('classes and Hono applications are handlers too', async () => {
  const module = "class App { #text = 'app'; fetch() { return new Response(this.#text) } }\nexport default new App()"
  await withFunction(module, async ({ url }) => {
    assert.equal(await (await fetch(url)).text(), 'app')
  })
})
