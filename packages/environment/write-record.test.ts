import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { LABEL, silent } from '@mayfly/core'
import { connectEngine, createVolume, type Engine, observe, remove } from '@mayfly/engine'
import { OvertakenError } from './errors.ts'
import { recordLabels, recordName, recordsOf } from './record.ts'
import { labelsOf, namedTarget, previewTarget, type Target } from './target.ts'
import { takeTurn } from './turn.ts'
import { KEPT_RECORDS, writeRecord } from './write-record.ts'

const repository = `acme/record${process.pid}`
const reach = { domain: 'localhost', listen: 80, tls: 'off', limits: { memory: 2 ** 30, cpus: 1, pids: 512 } } as const
const preview = previewTarget('test.invalid', repository, 1, reach)
const staging = namedTarget('test.invalid', repository, 'staging', reach)

const recordOf = (revision: string) => ({
  revision,
  ttl: undefined,
  run: '',
  reason: 'deploy' as const,
  by: '',
  pullRequest: undefined,
  placed: [],
  model: undefined,
  networks: undefined,
})

describe('what an engine remembers of deployments', () => {
  let engine: Engine

  before(async () => {
    engine = await connectEngine({ host: undefined }, process.env)
  })

  after(async () => {
    for (const target of [preview, staging]) await remove(engine, await look(target))
    await engine.close()
  })

  const look = (target: Target) => observe(engine, { owner: target.owner, environment: target.id })
  const revisions = async (target: Target) => recordsOf(await look(target)).map(({ record }) => record.revision)
  const write = async (target: Target, revision: string) => writeRecord(engine, target, recordOf(revision), await look(target))

  it('of a preview, the newest alone', async () => {
    for (const revision of ['1', '2', '3']) await write(preview, revision)
    assert.deepEqual(await revisions(preview), ['3'])
  })

  it('of a named environment, the last 20, the newest first', async () => {
    const all = Array.from({ length: KEPT_RECORDS + 3 }, (_, at) => String(at))
    for (const revision of all) await write(staging, revision)
    assert.deepEqual(await revisions(staging), all.toReversed().slice(0, KEPT_RECORDS))
  })

  it('and the last is the newest, also where the clock of the machine before went ahead', async () => {
    const deployedAt = new Date(Date.now() + 3_600_000)
    await createVolume(engine, recordName(staging, deployedAt), recordLabels(staging, { ...recordOf('ahead'), deployedAt }))
    assert.ok((await write(staging, 'after')) > deployedAt)
    assert.deepEqual((await revisions(staging)).slice(0, 2), ['after', 'ahead'])
  })

  it('the turn at an environment is the last one’s to have: whoever had it gives way, and what is there is one turn', async () => {
    const first = await takeTurn(engine, staging, '', silent)
    await first.confirm()
    const lost = once(first.signal, 'abort').then(() => first.end())
    const second = await takeTurn(engine, staging, '', silent)
    await lost
    assert.ok(first.signal.reason instanceof OvertakenError)
    await assert.rejects(first.confirm(), OvertakenError)
    await second.confirm()
    assert.equal((await turns()).length, 1)
    await second.end()
    assert.equal((await turns()).length, 0)
    await assert.rejects(second.confirm(), OvertakenError)
  })

  it('the turn of a run that was killed stops nobody for long, and goes with the next', async () => {
    const { id } = staging
    const labels = { ...labelsOf(staging), [LABEL.role]: 'turn' }
    await createVolume(engine, `${id}_mayfly-turn-0-killed`, labels)
    const next = await takeTurn(engine, staging, '', silent)
    await next.confirm()
    await next.end()
    assert.deepEqual(await turns(), [])
  })

  const turns = async () => (await look(staging)).volumes.filter(({ labels }) => labels[LABEL.role] === 'turn')
})
