import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createServer, type Server } from 'node:tls'
import { command } from '@mayfly/core'
import { connectEngine, execute, observe } from '@mayfly/engine'
import { freePort } from './sshd.ts'

/** An engine that listens on TCP the way dockerd does with --tlsverify: a TLS end in front of the local socket. */
describe('an engine on another host, over TCP with TLS', () => {
  let server: Server
  let folder: string
  let host: string
  const sockets = new Set<Socket>()
  const certificates: Record<string, { ca: string; cert: string; key: string }> = {}
  const none = new Error('no certificates')

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mayfly-tls-'))
    for (const authority of ['right', 'wrong']) {
      await openssl([
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-subj',
        `/CN=${authority}`,
        '-keyout',
        file(authority, 'ca-key'),
        '-out',
        file(authority, 'ca'),
      ])
      for (const end of ['server', 'client']) {
        await openssl([
          'req',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-subj',
          `/CN=${end}`,
          '-addext',
          'subjectAltName=IP:127.0.0.1',
          '-keyout',
          file(authority, `${end}-key`),
          '-out',
          file(authority, `${end}-req`),
        ])
        await openssl([
          'x509',
          '-req',
          '-days',
          '2',
          '-in',
          file(authority, `${end}-req`),
          '-CA',
          file(authority, 'ca'),
          '-CAkey',
          file(authority, 'ca-key'),
          '-CAcreateserial',
          '-copy_extensions',
          'copy',
          '-out',
          file(authority, end),
        ])
      }
      const [ca, cert, key] = await Promise.all(
        ['ca', 'client', 'client-key'].map((name) => readFile(file(authority, name), 'utf8')),
      )
      certificates[authority] = { ca: ca ?? '', cert: cert ?? '', key: key ?? '' }
    }
    const [ca, cert, key] = await Promise.all(['ca', 'server', 'server-key'].map((name) => readFile(file('right', name))))
    server = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, (client) => {
      const engine = connect('/var/run/docker.sock')
      for (const socket of [client, engine]) {
        sockets.add(socket)
        socket.on('error', () => {})
      }
      client.pipe(engine).pipe(client)
    })
    const port = await freePort()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    host = `tcp://127.0.0.1:${port}`
  })

  after(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })

  const file = (authority: string, name: string) => join(folder, `${authority}-${name}.pem`)

  it('answers to the right certificates, through the API and through the docker command', async () => {
    const tls = certificates.right
    if (tls === undefined) throw none
    const engine = await connectEngine({ host, tls }, process.env)
    try {
      assert.ok(Array.isArray((await observe(engine)).containers))
      const asked = await execute(engine, 'there-is-no-such-container', ['true'])
      assert.match(asked.stderr, /No such container/)
    } finally {
      await engine.close()
    }
  })

  it('is refused without certificates, naming the inputs', async () => {
    await assert.rejects(connectEngine({ host }, process.env), /no TLS material/)
  })

  it('is refused where either side shows a certificate of another authority', async () => {
    const { right, wrong } = certificates
    if (right === undefined || wrong === undefined) throw none
    await assert.rejects(connectEngine({ host, tls: { ...right, ca: wrong.ca } }, process.env), /No engine answers at tcp:/)
    await assert.rejects(connectEngine({ host, tls: { ...wrong, ca: right.ca } }, process.env), /No engine answers at tcp:/)
  })

  async function openssl(args: string[]): Promise<void> {
    const done = await command(['openssl', ...args], { env: { PATH: process.env.PATH ?? '' } })
    if (done.code !== 0) throw new Error(done.stderr)
  }
})
