import { createHash } from 'node:crypto'
import { LABEL } from '@mayfly/core'
import { type Engine, execute, getFiles, observeContainers } from '@mayfly/engine'
import type { Target } from '@mayfly/environment'
import { type TakenFile, takeFiles } from '@mayfly/oci'
import type { CoverageSpec } from './spec.ts'

const LIMITS = { bytes: 256 * 1024 * 1024, files: 1000 }

/** How long a program that makes a report may take to be followed by the report, in milliseconds. */
const PATIENCE = 10_000
const ASK_EVERY = 250

/**
 * The reports that a service leaves in its containers, one for each replica: its program is run first, where it has one,
 * and then its file is waited for, because a signal is answered later.
 * @returns the files, or one sentence that says why there are none.
 */
export async function takeReports(engine: Engine, target: Target, spec: CoverageSpec): Promise<TakenFile[] | string> {
  const containers = await observeContainers(engine, { owner: target.owner, environment: target.id })
  const own = containers.filter(({ labels }) => labels[LABEL.role] === 'service' && labels[LABEL.service] === spec.service)
  if (own.length === 0) return `It does not run any more.`
  const taken: TakenFile[] = []
  for (const container of own) {
    const before = spec.dump.length === 0 ? undefined : await stampOf(engine, container.id, spec.file)
    if (spec.dump.length > 0 && container.state === 'running') {
      const done = await execute(engine, container.id, spec.dump)
      if (done.code !== 0) return `Its dump command ended with ${done.code}: ${done.stderr.trim().split('\n').at(-1) ?? ''}`
    }
    const files = await untilThere(engine, container.id, spec, before)
    if (files === undefined) return `There is no ${spec.file} in its container.`
    taken.push(...files)
  }
  return taken
}

async function untilThere(
  engine: Engine,
  container: string,
  spec: CoverageSpec,
  before: string | undefined,
): Promise<TakenFile[] | undefined> {
  const deadline = performance.now() + (spec.dump.length > 0 ? PATIENCE : 0)
  let last: string | undefined
  for (;;) {
    const stamp = await stampOf(engine, container, spec.file)
    // Another content than before the dump, and the same twice: it is new, and it is whole.
    if (stamp !== undefined && (before === undefined || stamp !== before) && (stamp === last || spec.dump.length === 0)) break
    last = stamp
    if (performance.now() > deadline) break
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY))
  }
  const archive = await getFiles(engine, container, spec.file)
  return archive === undefined ? undefined : takeFiles(archive, LIMITS, `${spec.file} of ${spec.service}`)
}

/** Another value for another content. */
async function stampOf(engine: Engine, container: string, path: string): Promise<string | undefined> {
  const archive = await getFiles(engine, container, path)
  if (archive === undefined) return undefined
  const files = await takeFiles(archive, LIMITS, path)
  return files.map((file) => `${file.path} ${hashOf(file.bytes)}`).join('\n')
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
