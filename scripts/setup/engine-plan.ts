import { UserError } from '@mayfly/core'
import { type Machine, whyNoPackages } from './machine.ts'

export type Part = 'engine' | 'client' | 'buildx' | 'compose'

/** What of an engine is here. */
export interface Seen {
  /** The engine's version; undefined where none answers. */
  version: string | undefined
  /** The engine is there and this user may not talk to it. */
  forbidden: boolean
  /** Where the client was told to look, if not at this machine's usual socket. */
  elsewhere: string | undefined
  /** What is installed, whether it runs or not. */
  parts: readonly Part[]
}

export interface EnginePlan {
  install: Part[]
  start: boolean
}

/** `healthcheck.start_interval`, without which every deployment waits for its first health check, came with Engine 25. */
const OLDEST = 25

/** What has to be done until an engine with BuildKit and Compose 2 answers. Throws one sentence where that cannot be done from here. */
export function planEngine(seen: Seen, machine: Machine): EnginePlan {
  if (seen.forbidden) throw new UserError('The Docker engine refuses this user: add it to the group docker, or run this as root.')
  if (seen.version !== undefined && Number.parseInt(seen.version, 10) < OLDEST) {
    throw new UserError(`Docker Engine ${seen.version} answers, and ${OLDEST} is the oldest that will do: upgrade it.`)
  }
  const silent = seen.version === undefined
  if (silent && seen.elsewhere !== undefined) {
    throw new UserError(
      `No Docker engine answers at ${seen.elsewhere}: start it, or choose another with DOCKER_HOST or docker context.`,
    )
  }
  const needed: Part[] = silent ? ['engine', 'client', 'buildx', 'compose'] : ['client', 'buildx', 'compose']
  const plan = { install: needed.filter((part) => !seen.parts.includes(part)), start: silent }
  if (plan.install.length === 0 && !plan.start) return plan
  const hindrance = whyNoPackages(machine)
  if (hindrance !== undefined) throw new UserError(`${sentence(plan)}, and it cannot be set up from here because ${hindrance}.`)
  return plan
}

const NAMES: Readonly<Record<Part, string>> = {
  engine: 'Docker Engine',
  client: 'the docker command',
  buildx: 'docker buildx',
  compose: 'docker compose 2',
}

function sentence({ install, start }: EnginePlan): string {
  const missing = install.map((part) => NAMES[part]).join(', ')
  const silent = start ? 'No Docker engine answers' : ''
  return [silent, missing === '' ? '' : `${missing} ${install.length === 1 ? 'is' : 'are'} missing`].filter(Boolean).join(', ')
}

/** Packages of each part. Debian 12 takes Debian 13's: its own engine is of 2020. */
export function enginePackages(parts: readonly Part[], machine: Machine): { packages: string[]; trixie: boolean } {
  if (machine.distribution === 'ubuntu') return { packages: parts.flatMap((part) => UBUNTU[part]), trixie: false }
  if (['buster', 'bullseye'].includes(machine.codename)) {
    throw new UserError(`Debian's ${machine.codename} is too old for Docker Engine ${OLDEST}: Debian 12 or newer is needed.`)
  }
  const trixie = machine.codename === 'bookworm'
  const packages = parts.flatMap((part) => DEBIAN[part]).map((name) => (trixie ? `${name}/trixie` : name))
  // iptables and runc stay the release's own: Trixie's runc wants a newer libc.
  return { packages: parts.includes('engine') ? [...packages, 'iptables'] : packages, trixie }
}

const DEBIAN: Readonly<Record<Part, string[]>> = {
  engine: ['docker.io', 'containerd'],
  client: ['docker-cli'],
  buildx: ['docker-buildx'],
  compose: ['docker-compose'],
}

const UBUNTU: Readonly<Record<Part, string[]>> = {
  engine: ['docker.io', 'iptables'],
  client: ['docker.io'],
  buildx: ['docker-buildx'],
  compose: ['docker-compose-v2'],
}
