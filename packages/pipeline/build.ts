import {
  type Artifact,
  type ArtifactRequest,
  makeArtifacts,
  needsEngine,
  type PlannedArtifact,
  planArtifacts,
  registriesOf,
  toolsOf,
} from '@mayfly/artifact'
import { hostName, LABEL, UserError } from '@mayfly/core'
import { previewTarget, type Target } from '@mayfly/environment'
import { readPullRequest } from '@mayfly/github'
import { loadProject, type Placed, type Project, urlOf, withoutTests } from '@mayfly/project'
import { type Checkout, checkoutRevision } from './checkout.ts'
import { type Run, type Start, withEngine } from './context.ts'

/** A project at one commit, checked, and what its artifacts would be. Nothing is built yet. */
export interface Prepared {
  checkout: Checkout
  project: Project
  request: ArtifactRequest
  planned: PlannedArtifact[]
}

export function targetOf(run: Start, pullRequest: number): Target {
  return previewTarget(new URL(run.context.serverUrl).host, run.context.repository, pullRequest, run.settings.reach)
}

/** What is read of a commit; everything of a request for artifacts but the engine that may not be needed. */
export interface AtCommit {
  checkout: Checkout
  project: Project
  request: Omit<ArtifactRequest, 'engine'>
}

/**
 * Checks out a commit and reads its project through the safety policy, for this environment.
 * @param tests whether services that test the others belong to it, as in a preview.
 */
export async function readCommit(started: Start, target: Target, revision: string, tests: boolean): Promise<AtCommit> {
  const { context, settings, log } = started
  const { pullRequest } = target
  const checkout = await checkoutRevision({ ...context, token: settings.token, revision, pullRequest, log })
  const all = await loadProject({
    root: checkout.root,
    composeFile: settings.composeFile,
    profiles: settings.profiles,
    path: context.environment.PATH,
    env: { ...settings.env, MAYFLY_URL: urlOf(target, hostName(target.id, target.domain)) },
    log,
  })
  const project = tests ? all : withoutTests(all)
  const request = {
    project,
    owner: target.owner,
    environment: target.id,
    pullRequest,
    revision,
    source: `${context.serverUrl}/${context.repository}`,
    committedAt: checkout.committedAt,
    registries: registriesOf(context.environment, log),
    dirty: checkout.dirty,
    run: context.runUrl,
    signingKey: settings.signingKey,
    ttl: settings.ttl,
    registry: settings.registry,
    tools: toolsOf(context.environment, context.cache, context.runtime),
    log,
  }
  return { checkout, project, request }
}

/** Checks out a pull request's commit, reads the project, and plans its artifacts. */
export function prepare(run: Run, pullRequest: number, revision: string): Promise<Prepared> {
  return prepareCommit(run, targetOf(run, pullRequest), revision)
}

/** Checks out a commit, reads the project for this environment, and plans its artifacts. */
export async function prepareCommit(run: Run, target: Target, revision: string): Promise<Prepared> {
  const read = await readCommit(run, target, revision, true)
  const request = { ...read.request, engine: run.engine }
  return { ...read, request, planned: await planArtifacts(request) }
}

export interface Built {
  environment: string
  revision: string
  artifacts: Artifact[]
}

/** Builds the artifacts of a pull request's head as it is now; none where it is closed, so that the same workflow can go on to remove. */
export async function buildHead(started: Start, number: number): Promise<Built> {
  const { github, log } = started
  const pullRequest = await readPullRequest(github, number)
  const target = targetOf(started, number)
  if (pullRequest.state === 'closed') {
    log.info(`Pull request #${number} is closed; nothing is built.`)
    return { environment: target.id, revision: pullRequest.head, artifacts: [] }
  }
  const read = await log.group('Read the project', () => readCommit(started, target, pullRequest.head, true))
  const artifacts = await log.group('Build', () => buildRead(started, read))
  return { environment: target.id, revision: pullRequest.head, artifacts }
}

/** Builds what was read, on an engine where one is needed. */
export async function buildRead(started: Start, { project, request }: AtCommit): Promise<Artifact[]> {
  const make = async (wanted: ArtifactRequest) => makeArtifacts(wanted, await planArtifacts(wanted))
  if (!needsEngine(project, request.registry)) return make({ ...request, engine: undefined })
  return withEngine(started, ({ engine }) => make({ ...request, engine }))
}

export async function buildArtifacts(prepared: Prepared): Promise<Artifact[]> {
  return makeArtifacts(prepared.request, prepared.planned)
}

/**
 * Reads artifacts that an earlier step or job built, and checks that they are this project's.
 * @throws UserError naming what does not fit.
 */
export function readArtifacts(text: string, project: Project, field: string): Placed[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new UserError(`${field} is not JSON.`, { cure: 'Pass the output `artifacts` of actions/build as it is.' })
  }
  if (!Array.isArray(parsed) || !parsed.every(isPlaced)) {
    throw new UserError(`${field} is not a list of artifacts.`, {
      cure: 'Pass the output `artifacts` of actions/build as it is.',
    })
  }
  const missing = project.services.filter((service) => !parsed.some((placed) => placed.service === service.name))
  if (missing.length > 0) {
    throw new UserError(`${field} holds nothing for ${missing.map((service) => service.name).join(', ')}.`, {
      cure: 'Build and preview the same commit with the same compose-file and profiles.',
    })
  }
  return parsed
}

function isPlaced(value: unknown): value is Placed {
  if (typeof value !== 'object' || value === null) return false
  const text = (key: string) => typeof Reflect.get(value, key) === 'string'
  const ports: unknown = Reflect.get(value, 'ports')
  const reference: unknown = Reflect.get(value, 'reference')
  return (
    ['service', 'name', 'revision', 'key'].every(text) &&
    typeof reference === 'string' &&
    // By digest or not at all.
    /^([a-z0-9.:/_-]+@)?sha256:[0-9a-f]{64}$/.test(reference) &&
    Array.isArray(ports) &&
    ports.every((port) => Number.isInteger(port))
  )
}

/** An artifact as a plan knows it: what is not built yet has no digest, and counts as changed. */
export function placedAsPlanned(planned: PlannedArtifact): Placed {
  const { service, name, key, present } = planned
  return { service, name, key, reference: present?.reference ?? '', revision: present?.labels[LABEL.revision] ?? '', ports: [] }
}
