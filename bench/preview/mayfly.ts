import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { type ArtifactRequest, makeArtifacts, planArtifacts, registriesOf, toolsOf } from '@mayfly/artifact'
import { hostName, parseDuration, silent } from '@mayfly/core'
import type { Engine } from '@mayfly/engine'
import { deploy, previewTarget, removeEnvironment, type Target } from '@mayfly/environment'
import { checkoutRevision, DEFAULT_LIMITS } from '@mayfly/pipeline'
import { loadProject } from '@mayfly/project'
import { checkOutStack, type StackCheckout } from './checkout.ts'
import type { Contestant } from './contestant.ts'

/** The action's default: a deployment that expires writes its record each time, even where nothing changed. */
const TTL = parseDuration('7d', 'ttl')

/** A port of its own, so that no other preview's address changes while this runs. */
const REACH = { domain: 'localhost', listen: 18190, tls: 'off' as const, limits: DEFAULT_LIMITS }

/** The preview phase of the action, called as packages/pipeline/preview.ts calls it; the connection to the engine is open. */
export async function mayfly(engine: Engine, repository: string, startInterval: boolean): Promise<Contestant> {
  const checkout = await checkOutStack(startInterval)
  const target = previewTarget('bench.test', repository, 1, REACH)
  // Another pull request has built the same files before. It never runs, so its images go with the last that used them.
  const earlier = previewTarget('bench.test', repository, 2, REACH)
  const remove = async ({ owner, id }: Target) => {
    await removeEnvironment(engine, owner, id, silent)
  }
  return {
    checkout,
    warm: async () => {
      const { request } = await prepare(engine, checkout, repository, earlier)
      await makeArtifacts(request, await planArtifacts(request))
    },
    up: async () => {
      const parts: [string, number][] = []
      const part = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
        const started = performance.now()
        const result = await work()
        parts.push([name, performance.now() - started])
        return result
      }
      const { request, revision } = await part('read', () => prepare(engine, checkout, repository, target))
      const planned = await part('plan', () => planArtifacts(request))
      const placed = await part('build', () => makeArtifacts(request, planned))
      await part('deploy', () =>
        deploy(engine, {
          target,
          revision,
          project: request.project,
          placed,
          ttl: TTL,
          run: '',
          timeout: 60_000,
          current: async () => true,
          log: silent,
        }),
      )
      return parts
    },
    down: () => remove(target),
    clear: async () => {
      await remove(target)
      await remove(earlier)
      await rm(checkout.root, { recursive: true, force: true })
    },
  }
}

async function prepare(engine: Engine, checkout: StackCheckout, repository: string, target: Target) {
  const pullRequest = target.pullRequest ?? 0
  // GitHub's event says which commit it is; asking git for it stands in for reading the event.
  const { root, revision, committedAt } = await checkoutRevision({
    workspace: checkout.root,
    temp: tmpdir(),
    serverUrl: 'https://bench.test',
    repository,
    token: '',
    revision: await checkout.revision(),
    pullRequest,
    environment: process.env,
    log: silent,
  })
  const env = { MAYFLY_URL: `http://${hostName(target.id, target.domain)}` }
  const project = await loadProject({ root, path: process.env.PATH, env, log: silent })
  const request: ArtifactRequest = {
    engine,
    project,
    owner: target.owner,
    environment: target.id,
    pullRequest,
    revision,
    source: `https://bench.test/${repository}`,
    committedAt,
    registries: registriesOf(process.env, silent),
    dirty: '',
    run: '',
    signingKey: undefined,
    ttl: undefined,
    registry: undefined,
    tools: toolsOf(process.env, tmpdir(), undefined),
    log: silent,
  }
  return { request, revision }
}
