import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { makeArtifacts, planArtifacts, registriesOf, toolsOf } from '@mayfly/artifact'
import { silent } from '@mayfly/core'
import type { Engine } from '@mayfly/engine'
import { type Deployed, deploy, previewTarget, type Target } from '@mayfly/environment'
import { DEFAULT_LIMITS } from '@mayfly/pipeline'
import { loadProject } from '@mayfly/project'

/** Deploys small projects through the very rooms that the pipeline uses, without GitHub. */

export interface Deployer {
  target(pullRequest: number): Target
  deploy(pullRequest: number, timeout?: number): Promise<Deployed>
  close(): Promise<void>
}

/** @param files the checkout, by path. */
export async function deployerOf(
  engine: Engine,
  repository: string,
  listen: number,
  files: Readonly<Record<string, string>>,
): Promise<Deployer> {
  const root = await mkdtemp(join(tmpdir(), 'mayfly-checkout-'))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  const target = (pullRequest: number) =>
    previewTarget('test.invalid', repository, pullRequest, { domain: 'localhost', listen, tls: 'off', limits: DEFAULT_LIMITS })
  return {
    target,
    deploy: async (pullRequest, timeout = 60_000) => {
      const project = await loadProject({ root, env: {}, path: process.env.PATH, log: silent })
      const { id, owner } = target(pullRequest)
      const revision = '1'.repeat(40)
      const request = {
        engine,
        project,
        owner,
        environment: id,
        pullRequest,
        revision,
        source: '',
        committedAt: new Date(0),
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
      return deploy(engine, {
        target: target(pullRequest),
        revision,
        project,
        placed,
        ttl: 3_600_000,
        run: '',
        timeout,
        current: async () => true,
        log: silent,
      })
    },
    close: () => rm(root, { recursive: true, force: true }),
  }
}
