import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { hostName, LABEL } from '@mayfly/core'
import { execute } from '@mayfly/engine'
import { loadedRoutes, openGateway, syncGateway } from '@mayfly/gateway'
import { WebSocket } from 'ws'
import { ask, askUntil, said } from './ask.ts'
import { openTestHost, type TestHost } from './host.ts'

describe('the front door', () => {
  let host: TestHost
  let shop: string
  let blog: string
  const at = (name: string, path = '/') => ({ port: host.listen, host: `${name}.localhost`, path })

  const webSocket = () => new WebSocket(`ws://127.0.0.1:${host.listen}/`, { headers: { host: `${shop}.localhost` } })

  before(async () => {
    host = await openTestHost('routing')
    shop = host.id('shop')
    blog = host.id('blog')
    const main = `${shop}.localhost`
    const functions = { [LABEL.routes]: `${main}/api/time` }
    await Promise.all([
      openGateway(host.engine, host.log, host.listen, host.gateway),
      host.start({ environment: shop, service: 'web', labels: { [LABEL.hosts]: `${main} web--${main}` } }),
      host.start({ environment: shop, service: 'time', labels: { ...functions, [LABEL.hosts]: `time--${main}` } }),
      host.start({ environment: shop, service: 'api', labels: { [LABEL.hosts]: '', [LABEL.routes]: `${main}/api` } }),
      host.start({ environment: blog, service: 'web', labels: { [LABEL.hosts]: `${blog}.localhost` } }),
    ])
    await syncGateway(host.engine, host.log, host.gateway)
    await Promise.all([at(shop), at(shop, '/api'), at(`time--${shop}`), at(blog)].map((question) => askUntil(200, question)))
  })

  after(() => host.close())

  const places: [string, string, string][] = [
    ['the default service by the environment alone', '', '/'],
    ['a service by its own name', 'web--', '/x?y=1'],
    ['another service by its own name', 'time--', '/api'],
    ['a function by its path', '', '/api/time'],
    ['a function below its path', '', '/api/time/zones?of=all'],
    ['the longest path first', '', '/api/times'],
    ['nothing by a path that only begins alike', '', '/apis'],
  ]
  const services = ['web', 'web', 'time', 'time', 'time', 'api', 'web']
  for (const [index, [what, prefix, path]] of places.entries()) {
    it(`finds ${what}`, async () => {
      const answer = said(await ask(at(`${prefix}${shop}`, path)))
      assert.deepEqual([answer.service, answer.url], [services[index], path])
    })
  }

  it('keeps environments apart that have a service of the same name', async () => {
    const [one, other] = [said(await ask(at(shop))), said(await ask(at(blog)))]
    assert.notEqual(one.container, other.container)
  })

  it('hands on method, body and the name that was asked for, and says whom it asks for', async () => {
    const forged = { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example.com' }
    const answer = said(await ask({ ...at(shop), method: 'POST', body: 'Grüße', headers: forged }))
    assert.deepEqual([answer.method, answer.body], ['POST', 'Grüße'])
    assert.equal(answer.headers.host, `${shop}.localhost:${host.listen}`)
    assert.equal(answer.headers['x-forwarded-host'], `${shop}.localhost:${host.listen}`)
    assert.equal(answer.headers['x-forwarded-proto'], 'http')
    assert.equal(answer.headers['x-forwarded-for'], '127.0.0.1')
    assert.equal(answer.headers['accept-encoding'], undefined)
  })

  it('adds nothing to what a service answers that says it came through a gateway of ours', async () => {
    const { headers } = await ask(at(shop))
    assert.equal(headers['x-mayfly-gateway'], undefined)
  })

  it('lets WebSockets pass', async () => {
    const socket = webSocket()
    assert.equal(await echo(socket, 'hello'), 'hello')
    socket.terminate()
  })

  it('keeps WebSockets over a change of routes where this Caddy can (2.7 and later), and closes them where not', async () => {
    const version = (await execute(host.engine, host.gateway.container, ['caddy', 'version'])).stdout
    const keeps = !/^v?2\.[0-6]\./.test(version)
    const socket = webSocket()
    await echo(socket, 'before')
    const closed = once(socket, 'close')
    const other = host.id('beside')
    await host.start({ environment: other, service: 'web' })
    await syncGateway(host.engine, host.log, host.gateway)
    if (keeps) assert.equal(await echo(socket, 'after'), 'after')
    else await closed
    socket.terminate()
    await host.end(other)
  })

  it('lets a stream pass as it comes, and does not cut it when another environment changes its routes', async () => {
    const first = Promise.withResolvers<string>()
    const whole = Promise.withResolvers<string>()
    const headers = { host: `${shop}.localhost` }
    get({ host: '127.0.0.1', port: host.listen, path: '/events', headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
        first.resolve(text)
      })
      response.on('error', whole.reject)
      response.on('end', () => whole.resolve(text))
    }).on('error', first.reject)
    assert.equal(await first.promise, 'data: first\n\n')
    const other = host.id('other')
    await host.start({ environment: other, service: 'web' })
    assert.equal((await syncGateway(host.engine, host.log, host.gateway)).changed, true)
    await ask(at(shop, '/finish'))
    assert.equal(await whole.promise, 'data: first\n\ndata: last\n\n')
    await host.end(other)
  })

  it('answers an unknown name with 404 and a page that does not repeat it', async () => {
    const unknown = { port: host.listen, host: 'no-such-preview-pr-9.localhost' }
    const browser = await ask({ ...unknown, headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } })
    assert.deepEqual([browser.status, browser.headers['x-mayfly-gateway']], [404, '1'])
    assert.match(String(browser.headers['content-type']), /^text\/html/)
    assert.match(browser.body, /<h1>There is no preview here<\/h1>/)
    const plain = await ask(unknown)
    assert.match(String(plain.headers['content-type']), /^text\/plain/)
    assert.match(plain.body, /^There is no preview here\. Its pull request may be closed/)
    assert.doesNotMatch(browser.body + plain.body, /no-such-preview/)
  })

  it('answers a stranger without a Host header that it knows with the same page', async () => {
    assert.equal((await ask({ port: host.listen, host: '127.0.0.1' })).status, 404)
  })

  it('says that a service does not answer, and when to ask again', async () => {
    const environment = host.id('deaf')
    await host.start({ environment, service: 'web', labels: { [LABEL.port]: '8081' } })
    await syncGateway(host.engine, host.log, host.gateway)
    const answer = await ask({ ...at(`web--${environment}`), headers: { accept: 'text/html' } })
    assert.deepEqual([answer.status, answer.headers['retry-after'], answer.headers['x-mayfly-gateway']], [502, '3', '1'])
    assert.match(answer.body, /<meta http-equiv="refresh" content="3">[\s\S]*This preview does not answer/)
    await host.end(environment)
  })

  it('divides requests between the replicas of a service', async () => {
    const environment = host.id('many')
    const names = await Promise.all([1, 2].map(() => host.start({ environment, service: 'web' })))
    await syncGateway(host.engine, host.log, host.gateway)
    const question = at(`web--${environment}`)
    const seen = new Set<string>()
    const deadline = Date.now() + 20_000
    while (seen.size < names.length && Date.now() < deadline) seen.add(said(await askUntil(200, question)).container)
    assert.equal(seen.size, 2)
    await host.end(environment)
  })

  it('loads nothing where nothing changed', async () => {
    await syncGateway(host.engine, host.log, host.gateway)
    assert.equal((await syncGateway(host.engine, host.log, host.gateway)).changed, false)
  })

  it('has no route left for an environment that is gone, and answers its name with the page', async () => {
    assert.equal((await loadedRoutes(host.engine, blog, host.gateway)).length, 1)
    await host.end(blog)
    await syncGateway(host.engine, host.log, host.gateway)
    assert.deepEqual(await loadedRoutes(host.engine, blog, host.gateway), [])
    assert.equal((await ask(at(blog))).status, 404)
  })

  it('passes over the name of another environment, says so, and lets its owner keep it', async () => {
    const thief = host.id('thief')
    const labels = { [LABEL.hosts]: `${shop}.localhost web--${thief}.localhost`, [LABEL.routes]: `${shop}.localhost/login` }
    const owner = said(await ask(at(shop))).container
    await host.start({ environment: thief, service: 'web', labels })
    await syncGateway(host.engine, host.log, host.gateway)
    await askUntil(200, at(`web--${thief}`))
    for (const path of ['/', '/login']) assert.equal(said(await ask(at(shop, path))).container, owner)
    assert.ok(host.warnings.some((warning) => warning.includes(`"${hostName(shop, 'localhost')}" is not a name of ${thief}`)))
    await host.end(thief)
  })
})

async function echo(socket: WebSocket, text: string): Promise<string> {
  if (socket.readyState === WebSocket.CONNECTING) await once(socket, 'open')
  const answer = once(socket, 'message')
  socket.send(text)
  return String((await answer)[0])
}
