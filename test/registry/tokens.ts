import { createHash, createPrivateKey, sign, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { makeCertificate } from './certificate.ts'

/** A token service as registries with Bearer authentication send their callers to (distribution, token authentication). */
export interface Tokens {
  realm: string
  service: string
  issuer: string
  /** Path of the certificate that the registry trusts. */
  certificate: string
  /** Who asked for what, in order. */
  asked: { who: 'nobody' | 'user' | 'identity'; scopes: string[] }[]
  /** What is answered next instead of a token. */
  instead: { status: number; body: string }[]
  /** Seconds that the tokens given next are good for, in order; then five minutes. Registries forgive a minute. */
  lifetimes: number[]
  stop(): Promise<void>
}

const SERVICE = 'registry.test'
const ISSUER = 'tokens.test'
/** Exchanged for tokens as if it were the user. */
export const IDENTITY = 'an identity token'
/** Repositories under this name are for nobody. */
const SECRET = /^secret\//

export async function startTokens(folder: string, user: { user: string; password: string }): Promise<Tokens> {
  const [key, certificate] = [join(folder, 'token.key'), join(folder, 'token.crt')]
  await makeCertificate({ key, certificate, extra: [] })
  const pem = await readFile(key, 'utf8')
  const chain = new X509Certificate(await readFile(certificate)).raw.toString('base64')
  const password = `Basic ${Buffer.from(`${user.user}:${user.password}`).toString('base64')}`
  const tokens: Pick<Tokens, 'asked' | 'instead' | 'lifetimes'> = { asked: [], instead: [], lifetimes: [] }
  const server = createServer(async (request, response) => {
    const wanted = new URL(request.url ?? '/', 'http://tokens').searchParams
    const form = new URLSearchParams(request.method === 'POST' ? await text(request) : '')
    const { authorization } = request.headers
    const scopes = [...wanted.getAll('scope'), ...form.getAll('scope')].flatMap((scope) => scope.split(' '))
    const known = authorization === password || form.get('refresh_token') === IDENTITY
    const who = form.has('refresh_token') ? 'identity' : authorization === undefined ? 'nobody' : 'user'
    tokens.asked.push({ who, scopes })
    const instead = tokens.instead.shift()
    if (instead !== undefined) return void response.writeHead(instead.status).end(instead.body)
    if (!known && who !== 'nobody') return void response.writeHead(401).end('{}')
    const access = scopes.map((scope) => accessTo(scope, known))
    const token = tokenFor(access, pem, chain, tokens.lifetimes.shift() ?? 300)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(who === 'identity' ? { access_token: token } : { token }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return {
    ...tokens,
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

/** Everybody may read, users may write. */
function accessTo(scope: string, known: boolean): object {
  const [type, name = '', actions = ''] = scope.split(':')
  const allowed = (action: string) => !SECRET.test(name) && (known || action === 'pull')
  return { type, name, actions: actions.split(',').filter(allowed) }
}

function tokenFor(access: object[], pem: string, chain: string, lifetime: number): string {
  const now = Math.floor(Date.now() / 1000)
  const header = { typ: 'JWT', alg: 'ES256', x5c: [chain] }
  const claims = {
    iss: ISSUER,
    sub: 'test',
    aud: SERVICE,
    iat: now - 600,
    nbf: now - 600,
    exp: now + lifetime,
    jti: createHash('sha256').update(String(now)).digest('hex'),
    access,
  }
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part(header)}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(signed), { key: createPrivateKey(pem), dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}
