import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { command, LABEL, silent } from '@mayfly/core'
import { connectEngine, type Engine, execute, observe } from '@mayfly/engine'
import { removeEnvironment } from '@mayfly/environment'
import { type Deployer, deployerOf } from '../deployer.ts'

const SERVER = "require('http').createServer((q,r)=>r.end('here')).listen(3000)"
const FILES = {
  'compose.yaml': JSON.stringify({
    services: {
      web: { image: 'node:24-slim', command: ['node', '-e', SERVER], expose: ['3000'] },
      store: { image: 'node:24-slim', command: ['node', '-e', SERVER], ports: ['3000'] },
    },
  }),
}

describe('two previews of the same project on one engine', () => {
  let engine: Engine
  let deployer: Deployer
  const ids: string[] = []

  before(async () => {
    engine = await connectEngine({ host: undefined }, process.env)
    deployer = await deployerOf(engine, `acme/apart${process.pid}`, 18085, FILES)
    for (const number of [1, 2]) {
      await deployer.deploy(number)
      ids.push(deployer.target(number).id)
    }
  })

  after(async () => {
    for (const number of [1, 2])
      await removeEnvironment(engine, deployer.target(number).owner, deployer.target(number).id, silent)
    await deployer.close()
    await engine.close()
  })

  const containerOf = async (id: string, service: string) => {
    const { containers } = await observe(engine, { environment: id })
    const found = containers.find((container) => container.labels[LABEL.service] === service)
    assert.ok(found)
    return found
  }

  /** What a program inside the first preview gets from this address: the answer, or why there is none. */
  const reach = async (host: string, port: number) => {
    const inside = await containerOf(ids[0] ?? '', 'web')
    const script = `const s=require('net').connect({host:'${host}',port:${port},timeout:1500},()=>{s.write('GET / HTTP/1.0\\r\\n\\r\\n')});s.on('data',d=>{console.log('answer '+String(d).split('\\n')[0]);process.exit()});s.on('timeout',()=>{console.log('silence');process.exit()});s.on('error',e=>{console.log('refused '+e.code);process.exit()});s.on('end',()=>{console.log('closed');process.exit()})`
    return (await execute(engine, inside.id, ['node', '-e', script])).stdout.trim()
  }

  const addressOf = async (id: string, service: string) => Object.values((await containerOf(id, service)).addresses)[0] ?? ''

  it('reach what is their own, by name and by address, so that the other probes can fail', async () => {
    assert.match(await reach('store', 3000), /^answer/)
    assert.match(await reach(await addressOf(ids[0] ?? '', 'store'), 3000), /^answer/)
  })

  it('cannot reach each other, by service name, container name or address', async () => {
    const other = await containerOf(ids[1] ?? '', 'store')
    assert.doesNotMatch(await reach(other.name, 3000), /^answer/)
    assert.doesNotMatch(await reach(`store.${ids[1]}_default`, 3000), /^answer/)
    assert.equal(await reach(await addressOf(ids[1] ?? '', 'store'), 3000), 'silence')
    // The name `store` is each preview's own.
    assert.notEqual(await addressOf(ids[0] ?? '', 'store'), await addressOf(ids[1] ?? '', 'store'))
  })

  it("reach neither Caddy's admin endpoint nor the engine's", async () => {
    const gateway = (await addressOf(ids[0] ?? '', 'web')).replace(
      /\.(\d+)$/,
      (_all, last) => `.${Math.floor(Number(last) / 32) * 32 + 1}`,
    )
    // The front door itself does answer there, so the address is right.
    assert.match(await reach(gateway, 18085), /^answer/)
    for (const port of [2019, 2375, 2376]) assert.doesNotMatch(await reach(gateway, port), /^answer/, String(port))
    const inside = await containerOf(ids[0] ?? '', 'web')
    const sockets = await execute(engine, inside.id, [
      'sh',
      '-c',
      'ls /var/run/docker.sock /run/docker.sock /run/mayfly-admin.sock 2>/dev/null',
    ])
    assert.equal(sockets.stdout.trim(), '')
  })

  it('have limits, no new privileges, no published port, and a small network of their own', async () => {
    for (const id of ids) {
      const { containers, networks } = await observe(engine, { environment: id })
      for (const container of containers) {
        const { HostConfig, NetworkSettings } = await inspect(container.id)
        assert.equal(HostConfig.Memory, 1024 ** 3)
        assert.equal(HostConfig.NanoCpus, 1e9)
        assert.equal(HostConfig.PidsLimit, 512)
        assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges:true'])
        assert.equal(HostConfig.Privileged, false)
        assert.deepEqual(
          Object.values(NetworkSettings.Ports ?? {}).filter((binding) => binding !== null),
          [],
        )
      }
      assert.equal(networks.length, 1)
      assert.match(networks[0]?.subnet ?? '', /^10\.213\.\d+\.\d+\/27$/)
    }
  })
})

interface Inspected {
  HostConfig: { Memory: number; NanoCpus: number; PidsLimit: number; SecurityOpt: string[]; Privileged: boolean }
  NetworkSettings: { Ports: Record<string, unknown> | null }
}

/** By the command, not by our own room: the engine's own words. */
async function inspect(id: string): Promise<Inspected> {
  const asked = await command(['docker', 'inspect', id], { env: { PATH: process.env.PATH ?? '' } })
  const [found]: Inspected[] = JSON.parse(asked.stdout)
  assert.ok(found)
  return found
}
