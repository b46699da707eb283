import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { command, UserError } from '@mayfly/core'
import { readJson } from './parse-manifest.ts'

/** Who asks. An identity token is exchanged for access by OAuth (distribution, token authentication). */
export type Credential = ({ user: string; password: string } | { identityToken: string }) & {
  /** Where it was found, for messages: a file or a helper. */
  from: string
}

export type Credentials = (host: string) => Promise<Credential | undefined>

/** Docker Hub's credentials are kept under this address (docker login). */
const HUB = 'https://index.docker.io/v1/'
const HUB_HOSTS = ['docker.io', 'index.docker.io', 'registry-1.docker.io']

/**
 * Credentials as the docker command keeps them: `credHelpers` of the host, then `credsStore`, then `auths` in config.json.
 * Nothing is read before it is asked for, and each host once.
 * @throws UserError where config.json is not JSON, or a helper that it names is not installed.
 */
export function dockerCredentials(environment: Readonly<Record<string, string | undefined>>): Credentials {
  const folder = environment.DOCKER_CONFIG ?? join(environment.HOME ?? '/root', '.docker')
  const file = join(folder, 'config.json')
  const known = new Map<string, Promise<Credential | undefined>>()
  return (host) => {
    const found = known.get(host) ?? find(file, host, environment)
    known.set(host, found)
    return found
  }
}

async function find(
  file: string,
  host: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Credential | undefined> {
  const config = await readConfig(file)
  if (config === undefined) return undefined
  const names = HUB_HOSTS.includes(host) ? [HUB, ...HUB_HOSTS] : [host, `https://${host}`, `http://${host}`]
  const helpers = fieldOf(config, 'credHelpers')
  for (const name of names) {
    const helper: unknown = fieldOf(helpers, name)
    if (typeof helper === 'string') return askHelper(helper, name, environment)
  }
  const store = fieldOf(config, 'credsStore')
  if (typeof store === 'string' && store !== '') {
    for (const name of names) {
      const stored = await askHelper(store, name, environment)
      if (stored !== undefined) return stored
    }
  }
  const auths = fieldOf(config, 'auths')
  for (const name of [...names, ...addressesOf(auths, host)]) {
    const auth = readAuth(fieldOf(auths, name), file)
    if (auth !== undefined) return auth
  }
  return undefined
}

/** Older programs wrote whole addresses with a path, such as `https://host/v2/`. */
function addressesOf(auths: unknown, host: string): string[] {
  const names = typeof auths === 'object' && auths !== null ? Object.keys(auths) : []
  return names.filter((name) => name.replace(/^https?:\/\//, '').replace(/\/.*$/, '') === host)
}

async function readConfig(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    // Without the parser's own words: they show a piece of the file, which may be a password.
    throw new UserError(`${file} is not JSON, so the credentials of registries cannot be read.`, {
      cure: 'Repair it, or log in again (docker login).',
    })
  }
}

function readAuth(value: unknown, file: string): Credential | undefined {
  const token = fieldOf(value, 'identitytoken')
  if (typeof token === 'string' && token !== '') return { identityToken: token, from: file }
  const auth = fieldOf(value, 'auth')
  const pair = typeof auth === 'string' ? Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '') : ''
  const [user, password] = pair.includes(':')
    ? [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)]
    : [fieldOf(value, 'username'), fieldOf(value, 'password')]
  return typeof user === 'string' && user !== '' && typeof password === 'string' ? { user, password, from: file } : undefined
}

/**
 * The protocol of docker-credential-helpers: the server's address on standard input, JSON on standard output. Where it has
 * none it says "credentials not found in native keychain" there, and ends with 1.
 */
async function askHelper(
  name: string,
  address: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Credential | undefined> {
  const program = `docker-credential-${name}`
  if (!/^[\w.-]+$/.test(name))
    throw new UserError(
      `Docker's config.json names the credential helper ${JSON.stringify(name)}, which is no name of a program.`,
    )
  const env = Object.fromEntries(
    Object.entries(environment).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
  const { code, stdout } = await command([program, 'get'], { env, input: address })
  if (code === 127) {
    throw new UserError(`Docker's config.json names the credential helper ${program}, which is not installed.`, {
      cure: 'Install it, or take it out of credHelpers and credsStore and log in again.',
    })
  }
  if (code !== 0 && /not found|^\s*$/i.test(stdout)) return undefined
  const said = readJson(Buffer.from(stdout))
  const [user, secret] = [fieldOf(said, 'Username'), fieldOf(said, 'Secret')]
  if (code !== 0 || typeof user !== 'string' || typeof secret !== 'string') {
    // Without its own words, which may be a secret.
    throw new UserError(`The credential helper ${program} has no answer for ${address} (it ended with ${code}).`, {
      cure: `See what it says: echo ${address} | ${program} get`,
    })
  }
  return user === '<token>' ? { identityToken: secret, from: program } : { user, password: secret, from: program }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}
