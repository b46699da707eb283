import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { makeCertificate } from './certificate.ts'
import { startTokens, type Tokens } from './tokens.ts'

/** A real registry (Debian's docker-registry) for as long as a test needs it. */
export interface RunningRegistry {
  /** Such as `127.0.0.1:41234`. */
  host: string
  /** Where it keeps what it holds. */
  directory: string
  /** Who gives out the tokens, with `bearer`. */
  tokens: Tokens | undefined
  /** PEM of the certificate that it shows, with `tls`. */
  ca: string | undefined
  stop(): Promise<void>
}

export interface RegistryWishes {
  auth?: 'none' | 'basic' | 'bearer'
  /** Whether manifests may be deleted. */
  delete?: boolean
  /** Encrypted, under 0.0.0.0: the one name of this machine that is not taken for it, so that clients want a certificate. */
  tls?: boolean
}

/** Who may use a registry with `auth`. */
export const USER = { user: 'mayfly', password: 'correct horse' } as const
/** bcrypt of the password, as htpasswd writes it. */
const HTPASSWD = `${USER.user}:$2b$04$QpyNL4VtlT8oxLgT8PMIBetrpWxhHjFFO5uEorxPSOzVJl74dqo4m\n`

export async function startRegistry(wishes: RegistryWishes = {}): Promise<RunningRegistry> {
  const { auth = 'none', delete: enabled = true, tls = false } = wishes
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-registry-'))
  const directory = join(folder, 'data')
  const tokens = auth === 'bearer' ? await startTokens(folder, USER) : undefined
  await writeFile(join(folder, 'htpasswd'), HTPASSWD)
  const secured = { key: join(folder, 'tls.key'), certificate: join(folder, 'tls.crt') }
  if (tls) await makeCertificate({ ...secured, extra: ['-addext', 'subjectAltName=IP:0.0.0.0'] })
  const config = {
    version: 0.1,
    storage: {
      filesystem: { rootdirectory: directory },
      delete: { enabled },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: '127.0.0.1:0', ...(tls ? { tls: secured } : {}) },
    ...authOf(auth, folder, tokens),
  }
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config))
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  const said: string[] = []
  const host = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`docker-registry ended with ${code}:\n${said.join('\n')}`)))
    createInterface(child.stderr).on('line', (line) => {
      said.push(line)
      const port = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1]
      if (port !== undefined) resolve(`${tls ? '0.0.0.0' : '127.0.0.1'}:${port}`)
    })
  })
  return {
    host,
    directory,
    tokens,
    ca: tls ? await readFile(secured.certificate, 'utf8') : undefined,
    stop: async () => {
      child.kill()
      await ended
      await tokens?.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function authOf(auth: RegistryWishes['auth'], folder: string, tokens: Tokens | undefined): object {
  if (auth === 'basic') return { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } }
  if (tokens === undefined) return {}
  return {
    auth: { token: { realm: tokens.realm, service: tokens.service, issuer: tokens.issuer, rootcertbundle: tokens.certificate } },
  }
}
