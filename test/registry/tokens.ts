import { createHash, createPrivateKey, sign, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { command } from '@mayfly/core'

/** A token service as registries with Bearer authentication send their callers to (distribution, token authentication). */
export interface Tokens {
  realm: string
  service: string
  issuer: string
  /** Path of the certificate that the registry trusts. */
  certificate: string
  stop(): Promise<void>
}

const SERVICE = 'registry.test'
const ISSUER = 'tokens.test'

export async function startTokens(folder: string, user: { user: string; password: string }): Promise<Tokens> {
  const [key, certificate] = [join(folder, 'token.key'), join(folder, 'token.crt')]
  const made = await command(
    [
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      key,
      '-out',
      certificate,
      '-days',
      '2',
      '-subj',
      '/CN=tokens',
    ],
    { env: { PATH: process.env.PATH ?? '' } },
  )
  if (made.code !== 0) throw new Error(made.stderr)
  const pem = await readFile(key, 'utf8')
  const chain = new X509Certificate(await readFile(certificate)).raw.toString('base64')
  const expected = `Basic ${Buffer.from(`${user.user}:${user.password}`).toString('base64')}`
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://tokens')
    if (request.headers.authorization !== expected) return void response.writeHead(401).end('{}')
    const access = url.searchParams
      .getAll('scope')
      .flatMap((scopes) => scopes.split(' '))
      .map((scope) => {
        const [type, name, actions = ''] = scope.split(':')
        return { type, name, actions: actions.split(',') }
      })
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ token: tokenFor(access, pem, chain) }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return {
    realm: `http://127.0.0.1:${address.port}/token`,
    service: SERVICE,
    issuer: ISSUER,
    certificate,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function tokenFor(access: object[], pem: string, chain: string): string {
  const now = Math.floor(Date.now() / 1000)
  const header = { typ: 'JWT', alg: 'RS256', x5c: [chain] }
  const claims = {
    iss: ISSUER,
    sub: 'test',
    aud: SERVICE,
    iat: now - 60,
    nbf: now - 60,
    exp: now + 300,
    jti: createHash('sha256').update(String(now)).digest('hex'),
    access,
  }
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part(header)}.${part(claims)}`
  return `${signed}.${sign('sha256', Buffer.from(signed), createPrivateKey(pem)).toString('base64url')}`
}
