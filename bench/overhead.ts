import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { silent } from '@mayfly/core'
import { connectEngine } from '@mayfly/engine'
import { readDeployment, removeEnvironment } from '@mayfly/environment'
import { hookFile, measureRunning } from '@mayfly/measure'
import { deployerOf } from '../test/deployer.ts'
import { spreadOf } from './figures.ts'

/**
 * `node bench/overhead.ts [--rounds 7]`: how much longer tests take while their services are measured. The same test program,
 * through the gateway, against the same preview: plain and with the hook, in turns. Printed as a table of ratios.
 */

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } })
const ROUNDS = Number(values.rounds)
const LISTEN = 18102

/** Each a service, as tests meet them: one that waits for something else, as for a database; one that answers at once; one that only computes. */
const SERVICES = {
  'waits 2 ms, as for a database': `await new Promise((done) => setTimeout(done, 2))
    return JSON.stringify({ items: Array.from({ length: 20 }, (_, id) => ({ id, name: 'item ' + id })) })`,
  'answers at once': `return JSON.stringify({ items: Array.from({ length: 20 }, (_, id) => ({ id, name: 'item ' + id })) })`,
  'only computes': `return String(fib(18))`,
}

const server = (body: string) => `const { createServer } = require('node:http')
function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2)
}
async function answer() {
  ${body}
}
createServer(async (request, response) => response.end(await answer())).listen(3000)
process.on('SIGTERM', () => process.exit(0))
`

/** What an integration test does: it asks, reads, compares. 300 requests, one after the other. */
const TESTS = `const http = require('node:http'), assert = require('node:assert/strict')
const url = new URL(process.env.MAYFLY_URL)
const agent = new http.Agent({ keepAlive: true })
const ask = () => new Promise((done) => http.get({ agent, host: '127.0.0.1', port: url.port, headers: { host: url.host } }, (answer) => {
  let text = ''
  answer.on('data', (part) => { text += part }).on('end', () => done(text))
}))
;(async () => {
  for (let count = 0; count < 300; count++) {
    const said = await ask()
    assert.deepEqual(JSON.parse(said), JSON.parse(said))
  }
  agent.destroy()
})()`

const engine = await connectEngine({ host: undefined }, process.env)
const folder = await mkdtemp(join(tmpdir(), 'mayfly-overhead-'))
console.log('| service | plain | measured | ratio | by pairs | aim |\n|---|--:|--:|--:|--:|--:|')
try {
  for (const [name, body] of Object.entries(SERVICES)) await compare(name, body)
} finally {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
}

async function compare(name: string, body: string): Promise<void> {
  const web = { image: 'node:24-slim', command: ['node', '/srv/web.js'], volumes: ['./web.js:/srv/web.js:ro'], ports: ['3000'] }
  const files = { 'compose.yaml': JSON.stringify({ services: { web } }), 'web.js': server(body) }
  const deployer = await deployerOf(engine, `bench/overhead${process.pid}`, LISTEN, files)
  const target = deployer.target(1)
  const taken: Record<'plain' | 'measured', number[]> = { plain: [], measured: [] }
  try {
    await deployer.deploy(1)
    for (let round = -1; round < ROUNDS; round++) {
      const arms = round % 2 === 0 ? (['plain', 'measured'] as const) : (['measured', 'plain'] as const)
      for (const arm of arms) {
        const milliseconds = await run(target, arm === 'measured')
        if (round >= 0) taken[arm].push(milliseconds)
      }
    }
  } finally {
    await removeEnvironment(engine, target.owner, target.id, silent)
    await deployer.close()
  }
  const [plain, measured] = [spreadOf(taken.plain).median, spreadOf(taken.measured).median]
  const pairs = spreadOf(taken.measured.map((each, index) => each / (taken.plain[index] ?? each))).median
  const aim = name === 'only computes' ? '' : pairs <= 1.05 ? '≤ 1.05' : '≤ 1.05 missed'
  console.log(`| ${name} | ${plain} ms | ${measured} ms | ${(measured / plain).toFixed(2)} | ${pairs.toFixed(2)} | ${aim} |`)
}

async function run(target: ReturnType<Awaited<ReturnType<typeof deployerOf>>['target']>, coverage: boolean): Promise<number> {
  const raw = await measureRunning(engine, {
    target,
    deployment: await readDeployment(engine, target),
    runner: { script: `node -e "$TESTS"`, directory: folder, environment: { PATH: process.env.PATH ?? '', TESTS } },
    testServices: false,
    timeout: 120_000,
    coverage,
    profiles: [],
    profileFor: 0,
    routes: undefined,
    hook: readFileSync(hookFile(), 'utf8'),
    startTimeout: 60_000,
    run: '',
    current: async () => true,
    log: silent,
  })
  const [done] = raw.commands
  if (done?.exitCode !== 0) throw new Error(done?.tail)
  return done.milliseconds
}
