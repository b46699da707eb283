import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { silent } from '@mayfly/core'
import { connectEngine } from '@mayfly/engine'
import { previewTarget, readDeployment } from '@mayfly/environment'
import { hookFile, measureRunning } from '@mayfly/measure'
import { DEFAULT_LIMITS } from '@mayfly/pipeline'

/** A run of measuring that says when its tests run and never ends: to be killed. `<repository> <port>` */
const [repository = '', listen = ''] = process.argv.slice(2)
const engine = await connectEngine({ host: undefined }, process.env)
const reach = { domain: 'localhost', listen: Number(listen), tls: 'off' as const, limits: DEFAULT_LIMITS }
const target = previewTarget('test.invalid', repository, 1, reach)
await measureRunning(engine, {
  target,
  deployment: await readDeployment(engine, target),
  runner: { script: 'echo in the middle; sleep 600', directory: tmpdir(), environment: { PATH: process.env.PATH ?? '' } },
  testServices: false,
  timeout: 600_000,
  coverage: true,
  profiles: [],
  profileFor: 0,
  routes: undefined,
  hook: readFileSync(hookFile(), 'utf8'),
  startTimeout: 60_000,
  run: '',
  current: async () => true,
  log: { ...silent, info: (line) => process.stdout.write(`${line}\n`) },
})
