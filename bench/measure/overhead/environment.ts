import { tmpdir } from 'node:os'
import { makeArtifacts, planArtifacts, registriesOf, toolsOf } from '@mayfly/artifact'
import { command, hostName, LABEL, silent } from '@mayfly/core'
import type { Engine } from '@mayfly/engine'
import { deploy, previewTarget, type Recorded, readDeployment, switchTo, type Target } from '@mayfly/environment'
import { DEFAULT_LIMITS } from '@mayfly/pipeline'
import { loadProject } from '@mayfly/project'

/** A port of its own, so that no other preview's address changes while this runs. */
const REACH = { domain: 'localhost', listen: 18191, tls: 'off' as const, limits: DEFAULT_LIMITS }
const TTL = 3_600_000
const TIMEOUT = 60_000

/** The stack as a preview that runs behind the gateway. */
export interface Preview {
  target: Target
  deployment: Recorded
  url: string
}

export function targetOf(pullRequest: number): Target {
  return previewTarget('bench.test', `bench/overhead-${process.pid}`, pullRequest, REACH)
}

/** Brings the checkout in `root` up, a commit of its own. */
export async function deployStack(engine: Engine, target: Target, root: string): Promise<Preview> {
  const revision = await commit(root)
  const url = `http://${hostName(target.id, target.domain)}:${target.listen}`
  const project = await loadProject({ root, path: process.env.PATH, env: { MAYFLY_URL: url }, log: silent })
  const request = {
    engine,
    project,
    owner: target.owner,
    environment: target.id,
    pullRequest: target.pullRequest ?? 0,
    revision,
    source: 'https://bench.test/bench/overhead',
    committedAt: new Date(),
    registries: registriesOf(process.env, silent),
    dirty: '',
    run: '',
    signingKey: undefined,
    ttl: undefined,
    registry: undefined,
    tools: toolsOf(process.env, tmpdir(), undefined),
    log: silent,
  }
  const placed = await makeArtifacts(request, await planArtifacts(request))
  const current = async () => true
  await deploy(engine, { target, revision, project, placed, ttl: TTL, run: '', timeout: TIMEOUT, current, log: silent })
  return { target, deployment: await readDeployment(engine, target), url }
}

/** Gives all services of a preview a variable, as somebody who measures by hand would: they are started anew. */
export async function setVariable(engine: Engine, { target, deployment }: Preview, name: string, value: string): Promise<void> {
  const model = structuredClone(deployment.isolated.model)
  for (const own of Object.values(model.services)) own.environment = { ...own.environment, [name]: value }
  const services = deployment.isolated.services.map((service) => ({ ...service, config: `${service.config}-${name}` }))
  for (const { name: service, config } of services) {
    const own = model.services[service]
    if (own !== undefined) own.labels = { ...own.labels, [LABEL.config]: config }
  }
  const isolated = { ...deployment.isolated, model, services }
  await switchTo(engine, { target, isolated, timeout: TIMEOUT, current: async () => true, log: silent })
}

async function commit(root: string): Promise<string> {
  const git = async (...args: string[]) => {
    const identity = ['-c', 'user.name=bench', '-c', 'user.email=bench@mayfly.test', '-c', 'commit.gpgsign=false']
    const done = await command(['git', '-C', root, ...identity, ...args], { env: { PATH: process.env.PATH ?? '' } })
    if (done.code !== 0) throw new Error(`git ${args[0]}: ${done.stderr}`)
    return done.stdout.trim()
  }
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git('commit', '--quiet', '--allow-empty', '--message', 'A stack')
  return git('rev-parse', 'HEAD')
}
