import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command, LABEL } from '@mayfly/core'
import { execute, readContainerFile } from '@mayfly/engine'
import { openGateway, syncGateway } from '@mayfly/gateway'
import { ask, askUntil, said } from './ask.ts'
import { freePort, openTestHost, type TestHost } from './host.ts'

const DOMAIN = 'preview.test'

describe('the front door over TLS', () => {
  let host: TestHost
  let shop: string
  let secure: number
  let ca: string

  before(async () => {
    host = await openTestHost('secure')
    shop = host.id('shop')
    secure = await freePort()
    const labels = { [LABEL.tls]: 'internal', [LABEL.listen]: String(secure) }
    await Promise.all([
      openGateway(host.engine, host.log, host.listen, host.gateway),
      host.start({ environment: shop, service: 'web', labels: { ...labels, [LABEL.hosts]: `${shop}.localhost` } }),
      host.start({ environment: host.id('plain'), service: 'web' }),
    ])
    await syncGateway(host.engine, host.log, host.gateway)
    ca = await authority()
  })

  after(() => host.close())

  /** The root certificate that Caddy made for itself; it makes it a moment after the first configuration with TLS. */
  async function authority(): Promise<string> {
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
      const root = await readContainerFile(host.engine, host.gateway.container, '/data/caddy/pki/authorities/local/root.crt')
      if (typeof root === 'object') return root.content
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error('the gateway never made its own authority')
  }

  it("serves a name with a certificate of Caddy's own authority", async () => {
    const answer = said(await askUntil(200, { port: secure, host: `${shop}.localhost`, ca }))
    assert.equal(answer.headers['x-forwarded-proto'], 'https')
  })

  it('sends plain visitors of such a name on to TLS, and says that it is the name that answers', async () => {
    const answer = await ask({ port: host.gateway.redirectFrom, host: `${shop}.localhost`, path: '/a?b=1' })
    assert.deepEqual([answer.status, answer.headers.location], [308, `https://${shop}.localhost:${secure}/a?b=1`])
    assert.equal(answer.headers['x-mayfly-gateway'], undefined)
  })

  it('does not send visitors of an unknown name anywhere', async () => {
    const answer = await ask({ port: host.gateway.redirectFrom, host: 'evil.example.com' })
    assert.deepEqual([answer.status, answer.headers.location], [404, undefined])
  })

  it('has no certificate for an unknown name', async () => {
    await assert.rejects(ask({ port: secure, host: 'other.localhost', ca }), /alert/)
  })

  it('leaves the plain names of the same host as they are', async () => {
    await askUntil(200, { port: host.listen, host: `web--${host.id('plain')}.localhost` })
  })

  it("serves a public domain with the operator's wildcard certificate, and its unknown names with the page", async () => {
    const { pem, certificate } = await wildcard()
    const written = await execute(host.engine, host.gateway.container, ['sh', '-c', 'cat > /certs/wildcard.pem'], pem)
    assert.equal(written.code, 0, written.stderr)
    const environment = host.id('public')
    const labels = { [LABEL.tls]: 'auto', [LABEL.listen]: String(secure), [LABEL.hosts]: `${environment}.${DOMAIN}` }
    await host.start({ environment, service: 'web', labels })
    await syncGateway(host.engine, host.log, host.gateway)
    const answer = said(await askUntil(200, { port: secure, host: `${environment}.${DOMAIN}`, ca: certificate }))
    assert.equal(answer.service, 'web')
    assert.equal((await ask({ port: secure, host: `gone.${DOMAIN}`, ca: certificate })).status, 404)
    await execute(host.engine, host.gateway.container, ['rm', '/certs/wildcard.pem'])
  })

  it('keeps the port for TLS after the last name on it is gone', async () => {
    await host.end(shop)
    await host.end(host.id('public'))
    await syncGateway(host.engine, host.log, host.gateway)
    await assert.rejects(ask({ port: secure, host: `${shop}.localhost`, ca }), /alert/)
    await ask({ port: host.gateway.redirectFrom, host: `${shop}.localhost` }).then((answer) => assert.equal(answer.status, 404))
  })
})

async function wildcard(): Promise<{ pem: string; certificate: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'mayfly-gateway-test-'))
  try {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
    const made = await command(
      [
        ...([
          'openssl',
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-days',
          '2',
        ] as const),
        ...['-subj', `/CN=*.${DOMAIN}`, '-addext', `subjectAltName=DNS:*.${DOMAIN}`, '-keyout', key, '-out', cert],
      ],
      { env: { PATH: process.env.PATH ?? '' } },
    )
    assert.equal(made.code, 0, made.stderr)
    const certificate = await readFile(cert, 'utf8')
    return { certificate, pem: certificate + (await readFile(key, 'utf8')) }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
