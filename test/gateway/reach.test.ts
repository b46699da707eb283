import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { after, before, describe, it } from 'node:test'
import { execute, readContainerFile } from '@mayfly/engine'
import { openGateway, syncGateway } from '@mayfly/gateway'
import { askUntil } from './ask.ts'
import { openTestHost, type TestHost } from './host.ts'

/** Caddy's admin endpoint, and the engine's API without and with TLS. */
const FORBIDDEN = [2019, 2375, 2376]

describe('from inside a preview', () => {
  let host: TestHost
  let container: string

  before(async () => {
    host = await openTestHost('reach')
    const environment = host.id('shop')
    ;[container] = await Promise.all([
      host.start({ environment, service: 'web' }),
      openGateway(host.engine, host.log, host.listen, host.gateway),
    ])
    await syncGateway(host.engine, host.log, host.gateway)
    await askUntil(200, { port: host.listen, host: `web--${environment}.localhost` })
  })

  after(() => host.close())

  /** Which of `places` (`address port`) take a connection from inside the container. Run there, so plain JavaScript. */
  async function reached(places: readonly string[]): Promise<string[]> {
    const script = `
      const { connect } = require('node:net')
      const knock = (place) => new Promise((resolve) => {
        const [host, port] = place.split(' ')
        const socket = connect({ host, port: Number(port), timeout: 1500 })
        const end = (open) => { socket.destroy(); resolve(open ? [place] : []) }
        socket.on('connect', () => end(true)).on('error', () => end(false)).on('timeout', () => end(false))
      })
      Promise.all(JSON.parse(process.argv[1]).map(knock)).then((open) => console.log(JSON.stringify(open.flat())))`
    const result = await execute(host.engine, container, ['node', '-e', script, JSON.stringify(places)])
    assert.equal(result.code, 0, result.stderr)
    const places_: unknown = JSON.parse(result.stdout)
    assert.ok(Array.isArray(places_))
    return places_.map(String)
  }

  /** Every address of this machine, which includes the bridge that the preview's own network ends at. */
  const machine = () =>
    Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).flatMap(({ family, address }) => (family === 'IPv4' ? [address] : [])),
    )

  it("no address of the host answers on the ports of Caddy's admin endpoint and the engine's API", async () => {
    assert.deepEqual(await reached(machine().flatMap((address) => FORBIDDEN.map((port) => `${address} ${port}`))), [])
  })

  it('the front door itself does answer, so that the knocking is known to work', async () => {
    const open = await reached(machine().map((address) => `${address} ${host.listen}`))
    assert.ok(open.length > 1, open.join())
  })

  it('neither the engine nor the admin endpoint has a socket there', async () => {
    for (const socket of ['/var/run/docker.sock', '/run/docker.sock', '/run/mayfly-admin.sock']) {
      assert.equal(await readContainerFile(host.engine, container, socket), 'no such file')
    }
  })
})

describe("the gateway's admin endpoint", () => {
  it('is not even on the loopback of the host', async () => {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port: 2019 })
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    assert.equal(open, false)
  })
})
