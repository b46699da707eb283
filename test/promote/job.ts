import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job } from '@mayfly/core'
import type { Reach } from '@mayfly/environment'
import type { Settings } from '@mayfly/pipeline'
import type { GitHub } from '../github/types.ts'

/** A job of a pull request, for calling the pipeline without a process of its own. */
export async function jobOf(
  github: GitHub,
  repository: string,
  payload: unknown,
  reach: Reach,
): Promise<{ job: Job; settings: Settings; close: () => Promise<void> }> {
  const temp = await mkdtemp(join(tmpdir(), 'mayfly-job-'))
  const job: Job = {
    event: { name: 'pull_request', payload },
    repository,
    serverUrl: github.url,
    apiUrl: github.apiUrl,
    workspace: join(temp, 'none'),
    temp,
    runUrl: `${github.url}/${repository}/actions/runs/1`,
    cache: join(tmpdir(), 'mayfly-test-tools'),
    runtime: undefined,
    hosted: false,
    environment: process.env,
  }
  const settings: Settings = {
    engine: { host: undefined },
    reach,
    composeFile: undefined,
    profiles: [],
    env: {},
    registry: undefined,
    signingKey: undefined,
    ttl: 3_600_000,
    label: undefined,
    environmentName: 'preview',
    timeout: 60_000,
    dryRun: false,
    token: 'workflow-token',
  }
  return { job, settings, close: () => rm(temp, { recursive: true, force: true }) }
}
