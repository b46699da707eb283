import { tmpdir } from 'node:os'
import { type ArtifactRequest, type PlannedArtifact, planArtifacts, registriesOf, toolsOf } from '@mayfly/artifact'
import { hostName, type Log } from '@mayfly/core'
import type { Engine } from '@mayfly/engine'
import type { Deployment, Target } from '@mayfly/environment'
import { describeCheckout } from '@mayfly/pipeline'
import { loadProject, urlOf, withoutTests } from '@mayfly/project'
import type { Options } from './options.ts'
import { repositoryOf, targetOf } from './where.ts'

export interface Read {
  target: Target
  /** All but the engine, which is not asked for before it is known to be needed. */
  request: Omit<ArtifactRequest, 'engine'>
}

export interface Prepared {
  target: Target
  request: ArtifactRequest
  planned: PlannedArtifact[]
  /** Everything of a deployment but what gets built. */
  deployment: Omit<Deployment, 'placed'>
}

/** Reads the checkout and checks it against the policy, without GitHub and without an engine. */
export async function read(options: Options, log: Log): Promise<Read> {
  // Git is asked first and heard last: reading the project takes as long.
  const described = describeCheckout(options.directory, options.environment)
  const [loaded] = await Promise.allSettled([loadTarget(options, log), described])
  // What git has to complain of comes first.
  const checkout = await described
  if (loaded.status === 'rejected') throw loaded.reason
  const { repository, target, project } = loaded.value
  return {
    target,
    request: {
      project,
      owner: target.owner,
      environment: target.id,
      pullRequest: undefined,
      revision: checkout.revision,
      source: repository.server === 'local' ? '' : `https://${repository.server}/${repository.name}`,
      committedAt: checkout.committedAt,
      registries: registriesOf(options.environment, log),
      dirty: checkout.dirty,
      run: '',
      signingKey: options.environment.MAYFLY_SIGNING_KEY,
      ttl: options.ttl,
      registry: options.registry,
      tools: toolsOf(options.environment, tmpdir(), options.runtime),
      log,
    },
  }
}

async function loadTarget(options: Options, log: Log) {
  const repository = await repositoryOf(options)
  const target = await targetOf(options, repository)
  const env = { ...options.env, MAYFLY_URL: urlOf(target, hostName(target.id, target.domain)) }
  const all = await loadProject({
    root: options.directory,
    composeFile: options.file,
    profiles: options.profiles,
    path: options.environment.PATH,
    env,
    log,
  })
  // By hand it is run, not tested: whatever tests it is a preview's.
  return { repository, target, project: withoutTests(all) }
}

/** Reads the checkout and plans its artifacts. */
export async function prepare(options: Options, engine: Engine, log: Log): Promise<Prepared> {
  const { target, request: wanted } = await read(options, log)
  const request = { ...wanted, engine }
  const deployment = {
    target,
    revision: request.revision,
    project: request.project,
    ttl: options.ttl,
    run: '',
    timeout: options.timeout,
    current: async () => true,
    log,
  }
  return { target, request, planned: await planArtifacts(request), deployment }
}
