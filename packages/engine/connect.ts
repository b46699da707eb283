import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { type CommandOptions, type CommandResult, command, UserError } from '@mayfly/core'
import type Docker from 'dockerode'
import { sshAgent, writeSshWrapper } from './ssh.ts'

/** Where containers run. `host` as DOCKER_HOST knows it; undefined is the local socket. */
export interface EngineAddress {
  host: string | undefined
  /** For `ssh://`: a private key and known_hosts lines, where ~/.ssh does not already hold them. */
  ssh?: { key?: string; knownHosts?: string }
  /** For `tcp://`: PEM texts. A host without them is refused: an engine's API is root on its machine. */
  tls?: { ca: string; cert: string; key: string }
}

/** A connection. What is inside stays inside this room. */
export interface Engine {
  /** @internal */
  readonly api: Docker
  /** @internal The whole environment of every docker command. */
  readonly env: Readonly<Record<string, string>>
  readonly address: string
  /** Forgets the credentials that were written for this connection. */
  close(): Promise<void>
}

/** What the docker command needs of the caller's environment; the rest, with all its secrets, stays out. */
const INHERITED = ['PATH', 'HOME', 'DOCKER_CONFIG', 'SSH_AUTH_SOCK', 'XDG_RUNTIME_DIR', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']

/**
 * Connects and makes sure that an engine answers.
 * @param environment the process' environment; only what the docker command needs is taken from it.
 * @throws UserError where the address is not one, or nothing answers there within `timeout` milliseconds.
 */
export async function connectEngine(
  address: EngineAddress,
  environment: Readonly<Record<string, string | undefined>>,
  timeout = 20_000,
): Promise<Engine> {
  const env: Record<string, string> = {}
  for (const name of INHERITED) {
    const value = environment[name]
    if (value !== undefined) env[name] = value
  }
  env.PATH ??= '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  // In a job, the folder that the runner empties even where this process is killed.
  const secrets = await mkdtemp(join(environment.RUNNER_TEMP || tmpdir(), 'mayfly-engine-'))
  await chmod(secrets, 0o700)
  const forget = () => rm(secrets, { recursive: true, force: true })
  try {
    const host = address.host || environment.DOCKER_HOST || (await contextHost(env))
    const { api, release } = await open(host, address, env, secrets)
    const engine: Engine = {
      api,
      env,
      address: host === LOCAL ? 'the local engine' : host,
      close: async () => {
        release()
        await forget()
      },
    }
    await answers(engine, timeout)
    return engine
  } catch (error) {
    await forget()
    throw error
  }
}

const LOCAL = 'unix:///var/run/docker.sock'

/** The engine that plain `docker` talks to: the current context's (Docker Desktop, rootless, Colima), else the local socket. */
async function contextHost(env: Readonly<Record<string, string>>): Promise<string> {
  const folder = env.DOCKER_CONFIG ?? join(env.HOME ?? '/root', '.docker')
  const config = await readFile(join(folder, 'config.json'), 'utf8').catch(() => '')
  if (!config.includes('"currentContext"')) return LOCAL
  const asked = await command(['docker', 'context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], { env })
  return asked.code === 0 ? asked.stdout.trim() || LOCAL : LOCAL
}

async function open(host: string, address: EngineAddress, env: Record<string, string>, secrets: string) {
  // Only where there is an engine to talk to: its client brings much along.
  const { default: Client } = await import('dockerode')
  const nothing = () => {}
  // Said outright, so that the docker command does not choose another engine by itself.
  env.DOCKER_HOST = host
  const scheme = /^(\w+):\/\//.exec(host)?.[1]
  if (scheme === 'unix') return { api: new Client({ socketPath: host.slice('unix://'.length) }), release: nothing }
  const url = URL.canParse(host) ? new URL(host) : undefined
  if (url === undefined || url.hostname === '' || (scheme !== 'ssh' && scheme !== 'tcp')) {
    throw new UserError(`host is "${host}", which is not an engine's address.`, {
      cure: 'Write ssh://user@host, tcp://host:2376 (with TLS) or unix:///path/to/docker.sock, or leave it out for the local engine.',
    })
  }
  if (scheme === 'ssh') {
    if (address.ssh?.key || address.ssh?.knownHosts) {
      const directory = await writeSshWrapper(secrets, address.ssh)
      env.PATH = `${directory}:${env.PATH}`
    }
    return through(Client, sshAgent(url, env))
  }
  const tls = address.tls
  if (tls === undefined) {
    throw new UserError(`host is "${host}" and no TLS material was given.`, {
      cure: "An engine's API is root on its machine: pass tls-ca, tls-cert and tls-key, or use ssh://user@host.",
    })
  }
  for (const name of ['ca', 'cert', 'key'] as const) await writeFile(join(secrets, `${name}.pem`), tls[name], { mode: 0o600 })
  env.DOCKER_TLS_VERIFY = '1'
  env.DOCKER_CERT_PATH = secrets
  return through(Client, tlsAgent(url, tls))
}

/** A client whose every connection is made by `agent`; the path is never opened. */
function through(Client: typeof Docker, agent: Agent) {
  const options = { socketPath: '/', agent }
  return { api: new Client(options), release: () => agent.destroy() }
}

/** Both ends show a certificate of the same authority. */
function tlsAgent(url: URL, tls: { ca: string; cert: string; key: string }): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const { ca, cert, key } = tls
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const servername = isIP(host) === 0 ? { servername: host } : {}
  agent.createConnection = () => connect({ host, port: Number(url.port || 2376), ca, cert, key, ...servername })
  return agent
}

async function answers(engine: Engine, timeout: number): Promise<void> {
  const cure = /^ssh:/.test(engine.address)
    ? 'Check the address, the key, known hosts, and that this user may run docker there (`ssh user@host docker version`).'
    : 'Start Docker there, or check the address; `docker version` shows what answers.'
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${timeout / 1000} s`)), timeout)
  try {
    await Promise.race([engine.api.ping(), late.promise])
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new UserError(`No engine answers at ${engine.address}: ${said}`, { cure, cause: error })
  } finally {
    clearTimeout(timer)
  }
}

/** Runs `docker ...` against this engine. */
export function docker(
  engine: Engine,
  args: readonly string[],
  options: Omit<CommandOptions, 'env'> = {},
): Promise<CommandResult> {
  return command(['docker', ...args], { ...options, env: engine.env })
}

/** The HTTP status of an engine's refusal; undefined for any other error. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined
  return typeof error.statusCode === 'number' ? error.statusCode : undefined
}

/** Turns a full disk into a sentence with a cure; leaves everything else as it is. */
export function explainEngineError(text: string): UserError | undefined {
  if (!/no space left on device|disk quota exceeded/i.test(text)) return undefined
  return new UserError("The engine's disk is full.", {
    cure: 'Free some: run a sweep (`mayfly sweep`), then look at `docker system df` on that host.',
  })
}

/** The host that an engine's published ports are reached at: its own machine, or this one. */
export function hostAddress(engine: Pick<Engine, 'address'>): string {
  return URL.canParse(engine.address) && /^(ssh|tcp):/.test(engine.address) ? new URL(engine.address).hostname : '127.0.0.1'
}
