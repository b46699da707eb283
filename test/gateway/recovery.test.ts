import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { UserError } from '@mayfly/core'
import { execute, findHostContainer, observe, remove } from '@mayfly/engine'
import { loadedRoutes, openGateway, removeGateway, routesOf, syncGateway } from '@mayfly/gateway'
import { ask, askUntil } from './ask.ts'
import { freePort, openTestHost, run, type TestHost } from './host.ts'

describe('a gateway that is disturbed', () => {
  let host: TestHost
  let shop: string
  const open = () => openGateway(host.engine, host.log, host.listen, host.gateway)
  const sync = () => syncGateway(host.engine, host.log, host.gateway)
  const answers = () => askUntil(200, { port: host.listen, host: `web--${shop}.localhost` })
  const state = async () => (await findHostContainer(host.engine, host.gateway.container))?.state
  const until = async (wanted: string) => {
    for (const deadline = Date.now() + 20_000; (await state()) !== wanted; await delay(20)) {
      assert.ok(Date.now() < deadline, `the gateway never was ${wanted}`)
    }
  }

  before(async () => {
    host = await openTestHost('recovery')
    shop = host.id('shop')
    await Promise.all([open(), host.start({ environment: shop, service: 'web' })])
    await sync()
    await answers()
  })

  after(() => host.close())

  it('has its routes again after a restart, without any run', async () => {
    await run(host.engine, ['kill', host.gateway.container])
    await run(host.engine, ['start', host.gateway.container])
    await answers()
    assert.equal((await sync()).changed, false)
  })

  it('is started by the next run where somebody stopped it', async () => {
    await run(host.engine, ['stop', '--time', '1', host.gateway.container])
    assert.equal(await state(), 'stopped')
    await sync()
    await answers()
  })

  it('is made again from labels alone', async () => {
    await removeGateway(host.engine, host.gateway)
    assert.equal((await sync()).changed, false)
    await open()
    assert.equal((await loadedRoutes(host.engine, shop, host.gateway)).length, 1)
    await answers()
  })

  it('is made again from labels where what it saved was cut off', async () => {
    await execute(host.engine, host.gateway.container, ['sh', '-c', 'printf "{\\"ap" > /config/caddy/autosave.json'])
    await run(host.engine, ['restart', '--time', '0', host.gateway.container])
    await until('failing')
    await open()
    assert.ok(host.warnings.some((warning) => warning.includes('made anew from labels')))
    await answers()
  })

  it('keeps what it has where a port is taken, and says which', async () => {
    const port = await freePort()
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(port, resolve))
    await assert.rejects(openGateway(host.engine, host.log, port, host.gateway), (error) => {
      assert.ok(error instanceof UserError)
      assert.equal(error.message, `The gateway cannot listen on port ${port} of the host: something else does.`)
      return true
    })
    await answers()
    await new Promise((resolve) => squatter.close(resolve))
    await openGateway(host.engine, host.log, port, host.gateway)
    await answers()
    assert.equal((await ask({ port, host: `web--${shop}.localhost` })).status, 404)
  })

  it('is opened once where two runs open it at the same time', async () => {
    await removeGateway(host.engine, host.gateway)
    await Promise.all([open(), open(), open()])
    await answers()
  })

  it('ends with what labels say, however many runs come and go at once', async () => {
    const comeAndGo = async (name: string, stays: boolean) => {
      const environment = host.id(name)
      await host.start({ environment, service: 'web' })
      await sync()
      if (stays) return
      await host.end(environment)
      await sync()
    }
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name, n) => comeAndGo(name, n % 2 === 0)))
    const expected = routesOf((await observe(host.engine, { owner: host.owner })).containers).routes
    assert.deepEqual(expected.map((route) => route.environment).sort(), [host.id('a'), host.id('c'), host.id('e'), shop].sort())
    const loaded = ['a', 'b', 'c', 'd', 'e', 'f'].map(
      async (name) => (await loadedRoutes(host.engine, host.id(name), host.gateway)).length,
    )
    assert.deepEqual(await Promise.all(loaded), [1, 0, 1, 0, 1, 0])
    assert.equal((await sync()).changed, false)
  })

  it('still answers with its page after the last environment is gone', async () => {
    await remove(host.engine, await observe(host.engine, { owner: host.owner }))
    assert.deepEqual((await sync()).routes, [])
    assert.equal((await ask({ port: host.listen, host: `web--${shop}.localhost` })).status, 404)
  })

  it('leaves nothing behind when it is removed, but for certificates that an operator brought', async () => {
    const volumes = async () =>
      (await run(host.engine, ['volume', 'ls', '--quiet', '--filter', `name=${host.gateway.container}-`])).split('\n')
    await execute(host.engine, host.gateway.container, ['sh', '-c', 'echo mine > /certs/own.pem'])
    await removeGateway(host.engine, host.gateway)
    assert.equal(await state(), undefined)
    assert.deepEqual(await volumes(), [`${host.gateway.container}-certs`])
    await open()
    await execute(host.engine, host.gateway.container, ['rm', '/certs/own.pem'])
    await removeGateway(host.engine, host.gateway)
    assert.deepEqual(await volumes(), [''])
    await removeGateway(host.engine, host.gateway)
  })

  it('says what to do where its image cannot be had', async () => {
    const nowhere = { ...host.gateway, image: 'registry.invalid/caddy:2' }
    await assert.rejects(openGateway(host.engine, host.log, host.listen, nowhere), (error) => {
      assert.ok(error instanceof UserError)
      assert.match(error.message, /^The gateway cannot be started: The image registry\.invalid\/caddy:2 cannot be pulled/)
      assert.match(error.cure ?? '', /docker save registry\.invalid\/caddy:2 \| ssh/)
      return true
    })
  })
})
