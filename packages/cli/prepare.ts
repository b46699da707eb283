import { tmpdir } from 'node:os'
import { type ArtifactRequest, type PlannedArtifact, planArtifacts, toolsOf } from '@mayfly/artifact'
import { hostName, type Log } from '@mayfly/core'
import type { Engine } from '@mayfly/engine'
import type { Deployment, Target } from '@mayfly/environment'
import { describeCheckout } from '@mayfly/pipeline'
import { loadProject, urlOf } from '@mayfly/project'
import type { Options } from './options.ts'
import { repositoryOf, targetOf } from './where.ts'

export interface Prepared {
  target: Target
  request: ArtifactRequest
  planned: PlannedArtifact[]
  /** Everything of a deployment but what gets built. */
  deployment: Omit<Deployment, 'placed'>
}

/** Reads the checkout, checks it against the policy and plans its artifacts, without GitHub. */
export async function prepare(options: Options, engine: Engine, log: Log): Promise<Prepared> {
  const target = await targetOf(options)
  const [repository, checkout] = await Promise.all([
    repositoryOf(options),
    describeCheckout(options.directory, options.environment),
  ])
  const env = { ...options.env, MAYFLY_URL: urlOf(target, hostName(target.id, target.domain)) }
  const project = await loadProject({
    root: options.directory,
    composeFile: options.file,
    profiles: options.profiles,
    path: options.environment.PATH,
    env,
    log,
  })
  const request: ArtifactRequest = {
    engine,
    project,
    owner: target.owner,
    environment: target.id,
    pullRequest: undefined,
    revision: checkout.revision,
    source: repository.server === 'local' ? '' : `https://${repository.server}/${repository.name}`,
    committedAt: checkout.committedAt,
    registry: options.registry,
    tools: toolsOf(options.environment, tmpdir(), undefined),
    log,
  }
  const deployment = {
    target,
    revision: checkout.revision,
    project,
    ttl: options.ttl,
    run: '',
    timeout: options.timeout,
    current: async () => true,
    log,
  }
  return { target, request, planned: await planArtifacts(request), deployment }
}
