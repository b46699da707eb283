import { needsEngine } from '@mayfly/artifact'
import { type Job, type Log, UserError } from '@mayfly/core'
import { namedTarget } from '@mayfly/environment'
import { type Ledger, openLedger } from '@mayfly/ledger'
import { type ReleaseWanted, release, type ServiceRelease } from '@mayfly/release'
import { readCommit } from './build.ts'
import { type Start, start, withEngine } from './context.ts'
import type { Settings } from './settings.ts'

export interface Release {
  revision: string
  services: ServiceRelease[]
}

/** Releases the commit that the workflow runs for: what its services' versions name from now on, for good. */
export async function releaseEvent(context: Job, settings: Settings, log: Log, wanted: ReleaseWanted): Promise<Release> {
  const started = start(context, settings, log)
  const revision = revisionOf(context)
  const target = namedTarget(new URL(context.serverUrl).host, context.repository, 'release', settings.reach)
  const read = await log.group('Read the project', () => readCommit(started, target, revision, false))
  // An artifact of a release belongs to no environment: nothing that is removed takes it along.
  const request = { ...read.request, environment: '', ttl: undefined }
  const publishing = { ledger: ledgerOf(started, read.checkout.root), registries: request.registries, log }
  const services = await log.group('Release', () =>
    needsEngine(read.project, request.registry)
      ? withEngine(started, ({ engine }) => release(publishing, { ...request, engine }, wanted))
      : release(publishing, { ...request, engine: undefined }, wanted),
  )
  return { revision, services }
}

/** The repository's own tags, written with the job's token. */
export function ledgerOf({ context, settings, log }: Start, directory: string): Ledger {
  const basic = Buffer.from(`x-access-token:${settings.token}`).toString('base64')
  return openLedger({
    directory,
    remote: `${context.serverUrl}/${context.repository}.git`,
    authorization: `Basic ${basic}`,
    environment: context.environment,
    log,
  })
}

/** @throws UserError for a pull request's event: there the commit is a merge that nobody will ever see. */
function revisionOf(context: Job): string {
  const revision = context.environment.GITHUB_SHA ?? ''
  if (context.event.name.startsWith('pull_request') || !/^[0-9a-f]{40,64}$/.test(revision)) {
    throw new UserError(`The event ${context.event.name} names no commit that could be released.`, {
      cure: 'Run this step on: push, with branches: [main], or on workflow_dispatch.',
    })
  }
  return revision
}
