import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { command, LABEL, type PullRequest, silent } from '@mayfly/core'
import { connectEngine, type Engine, observe } from '@mayfly/engine'
import { environmentsOf, planSweep, removeEnvironment } from '@mayfly/environment'

/** What a run leaves that was killed before it could record anything, and that no other run came after. */
describe('half an environment without a record', () => {
  let engine: Engine
  const owner = `test.invalid/acme/orphan${process.pid}`
  const id = `acme-orphan${process.pid}-pr-3`
  const wanted: Pick<PullRequest, 'state' | 'merged' | 'labels'> = { state: 'open', merged: false, labels: [] }
  const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000)

  before(async () => {
    engine = await connectEngine({ host: undefined }, process.env)
    const labels = { [LABEL.owner]: owner, [LABEL.environment]: id, [LABEL.kind]: 'preview', [LABEL.pullRequest]: '3' }
    const flags = Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`])
    await docker('network', 'create', '--subnet', '10.213.255.224/27', ...flags, `${id}_default`)
    await docker('volume', 'create', ...flags, `${id}_data`)
  })

  after(async () => {
    await removeEnvironment(engine, owner, id, silent)
    await engine.close()
  })

  const plan = async (now: Date) =>
    planSweep(environmentsOf(await observe(engine, { owner })), new Map([[3, wanted]]), undefined, now)

  it('may be a deployment that is under way: while it is young it stays', async () => {
    const [decision, ...others] = await plan(inMinutes(50))
    assert.deepEqual(others, [])
    assert.equal(decision?.action, 'keep')
  })

  it('goes with the sweep when nothing has touched it for an hour', async () => {
    const [decision] = await plan(inMinutes(62))
    assert.equal(decision?.action, 'remove')
    assert.match(decision?.why ?? '', /half made/)
    const removed = await removeEnvironment(engine, owner, id, silent)
    assert.deepEqual([removed.networks, removed.volumes], [1, 1])
    assert.deepEqual(await observe(engine, { owner }), { containers: [], networks: [], volumes: [] })
  })
})

async function docker(...args: string[]): Promise<void> {
  const done = await command(['docker', ...args], { env: { PATH: process.env.PATH ?? '' } })
  assert.equal(done.code, 0, done.stderr)
}
