import { writeFileSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silent } from '@mayfly/core'
import { connectEngine, type Engine } from '@mayfly/engine'
import { removeEnvironment } from '@mayfly/environment'
import { hookFile, measureRunning, type Raw } from '@mayfly/measure'
import { deployStack, type Preview, setVariable, targetOf } from './environment.ts'

export const SUITES = ['waits', 'passes', 'answers', 'computes'] as const
export type Suite = (typeof SUITES)[number]

/** How the services run while the tests do, each in a preview of its own; all three run all the time. */
export const WAYS = ['plain', 'mayfly', 'node'] as const
export type Way = (typeof WAYS)[number]

export interface Overhead {
  /** Milliseconds, one for each round. */
  times: Record<Way, Record<Suite, number[]>>
  /** Milliseconds before and after the tests: services are started with the hook, coverage gathered, services put back. */
  around: number
}

/** Lets one measured run of tests ask all three previews in turns, so that a slow moment of the machine is everybody's. */
export async function measureOverhead(rounds: number, signal: AbortSignal, say: (line: string) => void): Promise<Overhead> {
  const engine = await connectEngine({ host: undefined }, process.env)
  const root = await mkdtemp(join(tmpdir(), 'mayfly-overhead-'))
  const targets = WAYS.map((_, at) => targetOf(at + 1))
  try {
    await cp(join(import.meta.dirname, 'stack'), root, { recursive: true })
    const previews: Preview[] = []
    for (const target of targets) {
      signal.throwIfAborted()
      previews.push(await deployStack(engine, target, root))
    }
    const [plain, mayfly, node] = previews
    if (plain === undefined || mayfly === undefined || node === undefined) throw new Error('There are three previews.')
    await setVariable(engine, node, 'NODE_V8_COVERAGE', '/tmp/coverage')
    signal.throwIfAborted()
    say(`${WAYS.length} previews run; the tests ask them in turns.`)
    signal.addEventListener('abort', () => writeFileSync(join(root, 'tests', 'stop'), ''))
    return await takeRounds(engine, { plain, mayfly, node }, join(root, 'tests'), rounds, signal)
  } finally {
    for (const { owner, id } of targets) await removeEnvironment(engine, owner, id, silent)
    await engine.close()
    await rm(root, { recursive: true, force: true })
  }
}

async function takeRounds(
  engine: Engine,
  previews: Record<Way, Preview>,
  tests: string,
  rounds: number,
  signal: AbortSignal,
): Promise<Overhead> {
  const urls = JSON.stringify({ plain: previews.plain.url, mayfly: previews.mayfly.url, node: previews.node.url })
  const environment = { PATH: process.env.PATH ?? '', URLS: urls, ROUNDS: String(rounds) }
  const started = performance.now()
  const raw = await measureRunning(engine, {
    ...previews.mayfly,
    runner: { script: 'node run.mjs', directory: tests, environment },
    testServices: false,
    timeout: 1_800_000,
    coverage: true,
    profiles: [],
    profileFor: 0,
    routes: undefined,
    hook: await readFile(hookFile(), 'utf8'),
    startTimeout: 60_000,
    run: '',
    current: async () => true,
    log: silent,
  })
  signal.throwIfAborted()
  const [command] = raw.commands
  if (command?.exitCode !== 0) throw new Error(`The tests failed:\n${command?.tail}`)
  needDumps(raw)
  const times: Overhead['times'] = JSON.parse(await readFile(join(tests, 'times.json'), 'utf8'))
  return { times, around: performance.now() - started - command.milliseconds }
}

/** What gathers nothing is not measured. */
function needDumps({ hooks }: Raw): void {
  for (const { service, files, silent: unanswered } of hooks) {
    const dumps = files.filter(({ text }) => text.startsWith('{"v":1,"event":"coverage"'))
    if (dumps.length === 0 || unanswered > 0) throw new Error(`Nothing was gathered from ${service}.`)
  }
  if (hooks.length !== 2) throw new Error(`${hooks.length} services were measured, not two.`)
}
