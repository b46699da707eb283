import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { silent } from '@mayfly/core'
import { digestOf } from '@mayfly/oci'
import { openRegistry, pushBlob, type Registry, readBlob, readManifest } from '@mayfly/registry'
import { makeCertificate } from './certificate.ts'
import { anonymous, connect, pushImage, sourceOf } from './fixtures.ts'
import { startRegistry } from './registry.ts'

describe('a registry that is not on this machine', () => {
  it('is spoken to over TLS, with an authority of its own where that is given, and not otherwise', async () => {
    const running = await startRegistry({ tls: true })
    try {
      assert.ok(running.ca)
      const registry = openRegistry({ host: running.host, credentials: anonymous, log: silent, ca: running.ca })
      const { descriptor } = await pushImage(registry, 'acme/web', 'secure')
      assert.notEqual(await readManifest(registry, 'acme/web', descriptor.digest), undefined)
      const wary = connect(running.host)
      await assert.rejects(readManifest(wary, 'acme/web', descriptor.digest), (error: Error & { cure?: string }) => {
        assert.match(error.message, new RegExp(`The registry ${running.host} cannot be reached: .*certificate`))
        assert.match(error.cure ?? '', /trusts/)
        return true
      })
      assert.equal(wary.requests, 1)
    } finally {
      await running.stop()
    }
  })

  it('cannot send its callers on to an unencrypted place, neither for what they read nor for what they send', async () => {
    const plain = await startRegistry()
    const bytes = randomBytes(40)
    await pushBlob(connect(plain.host), 'acme/web', sourceOf(bytes))
    const front = await startFront(`http://${plain.host}`)
    try {
      const descriptor = { mediaType: '', digest: digestOf(bytes), size: bytes.length }
      await assert.rejects(readBlob(front.registry, 'acme/web', descriptor), /sends its callers to "http:.*no HTTPS address/)
      await assert.rejects(pushBlob(front.registry, 'acme/web', sourceOf(bytes)), /sends its callers to "http:.*no HTTPS address/)
      await assert.rejects(readManifest(front.registry, 'acme/web', 'token'), /to "http:.*for a token, which is no HTTPS address/)
    } finally {
      await front.stop()
      await plain.stop()
    }
  })

  it('that has no such name is told at once', async () => {
    const registry = openRegistry({ host: 'registry.invalid', credentials: anonymous, log: silent })
    await assert.rejects(readManifest(registry, 'acme/web', 'v1'), /The registry registry\.invalid cannot be reached/)
  })
})

/** Answers everything with a place under `target`: a redirect, an upload's Location, or a token's realm. */
async function startFront(target: string): Promise<{ registry: Registry; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-front-'))
  const [key, certificate] = [join(folder, 'key'), join(folder, 'crt')]
  await makeCertificate({ key, certificate, extra: ['-addext', 'subjectAltName=IP:0.0.0.0'] })
  const ca = await readFile(certificate, 'utf8')
  const server = createServer({ key: await readFile(key), cert: ca }, ({ method, url }, response) => {
    const headers = { location: `${target}${url}` }
    if (url?.endsWith('token')) response.writeHead(401, { 'www-authenticate': `Bearer realm="${target}/token"` }).end()
    else if (method === 'HEAD') response.writeHead(404).end()
    else response.writeHead(method === 'POST' ? 202 : 307, headers).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const registry = openRegistry({ host: `0.0.0.0:${portOf(server)}`, credentials: anonymous, log: silent, ca })
  return {
    registry,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return address.port
}
