import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { command, type Frame, type Measurement, type ProfileMeasured, UserError } from '@mayfly/core'
import type { Engine } from '@mayfly/engine'
import { type Recorded, readDeployment, type Target } from '@mayfly/environment'
import { hookFile, measureRunning, readProfiles } from '@mayfly/measure'
import { repositoryAt } from '@mayfly/pipeline'
import { renderPage } from '@mayfly/report'
import { environmentOf } from '../named.ts'
import type { Options } from '../options.ts'
import { answer, table, terminalLog } from '../terminal.ts'
import { repositoryOf, targetOf, withEngine } from '../where.ts'

const HOTTEST = 10

/**
 * Watches the Node services of an environment for a while, whatever visitors do meanwhile, and draws where their time or memory
 * went. They are started anew for it and put back.
 */
export async function profile(options: Options): Promise<number> {
  const target = options.positionals.length > 0 ? (await environmentOf(options)).target : await targetOf(options)
  return withEngine(options, async (engine) => {
    const deployment = await readDeployment(engine, target)
    const { profiles, notices, startedAt } = await watch(options, engine, target, deployment)
    for (const notice of notices) terminalLog(options).warn(notice)
    if (profiles.length === 0) {
      throw new UserError(`Nothing of ${target.id} gave a profile.`, {
        cure: 'Only Node services do, and only those that are built from the repository.',
      })
    }
    const path = resolve(options.output ?? `mayfly-${target.id}.html`)
    await writeFile(
      path,
      renderPage(await measurementOf(options, target, deployment, profiles, startedAt), { source: () => undefined }),
    )
    answer(options, { page: path, profiles }, `${profiles.map(hottest).join('\n\n')}\n\nThe flame graphs are in ${path}.`)
    return 0
  })
}

async function watch(options: Options, engine: Engine, target: Target, deployment: Recorded) {
  const log = terminalLog(options)
  const raw = await measureRunning(engine, {
    target,
    deployment,
    runner: undefined,
    testServices: false,
    timeout: 0,
    coverage: false,
    profiles: [options.heap ? 'heap' : 'cpu'],
    profileFor: options.for,
    routes: undefined,
    hook: await readFile(hookFile(), 'utf8'),
    startTimeout: options.timeout,
    run: '',
    current: async () => true,
    log,
  })
  const listed = await command(['git', '-C', options.directory, 'ls-files', '-z'], {
    env: { PATH: options.environment.PATH ?? '', HOME: options.environment.HOME ?? '' },
  })
  const files = listed.stdout.split('\0').filter((path) => path !== '')
  return { ...readProfiles(raw, deployment, repositoryAt(options.directory, files)), startedAt: raw.startedAt }
}

async function measurementOf(
  options: Options,
  { id }: Target,
  { record }: Recorded,
  profiles: ProfileMeasured[],
  startedAt: Date,
): Promise<Measurement> {
  const { server, name } = await repositoryOf(options)
  return {
    schema: 1,
    repository: name,
    revision: record.revision,
    environment: id,
    url: '',
    run: { id: 0, attempt: 1, url: record.run },
    at: startedAt.toISOString(),
    base: { kind: 'none', why: 'A profile on demand is compared with nothing.' },
    services: [],
    profiles,
    gates: [],
    degraded: [],
    links: { server: `https://${server}` },
  }
}

/** The functions that most of a profile is in themselves. */
function hottest({ service, kind, total, root }: ProfileMeasured): string {
  const own = new Map<string, number>()
  // Not by recursion: a call tree is as deep as what was watched.
  const waiting: Frame[] = [root]
  for (let frame = waiting.pop(); frame !== undefined; frame = waiting.pop()) {
    const place = frame.line > 0 ? `${frame.file}:${frame.line}` : frame.file
    const key = `${frame.name}\t${place}`
    own.set(key, (own.get(key) ?? 0) + frame.self)
    waiting.push(...frame.children)
  }
  const rows = [...own].sort(([, a], [, b]) => b - a).slice(0, HOTTEST)
  const percent = (self: number) => `${((100 * self) / Math.max(1, total)).toFixed(1)} %`
  return `${service}, ${kind}\n${table(rows.map(([key, self]) => [percent(self), ...key.split('\t')]))}`
}
