import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hostName, LABEL } from '@mayfly/core'
import type { Container } from '@mayfly/engine'
import fc from 'fast-check'
import { routesOf } from './routes.ts'

const ID = 'acme-shop-pr-1'

interface Wanted {
  environment?: string
  service?: string
  labels?: Record<string, string>
  address?: string
  /** Seconds. */
  age?: number
  name?: string
  state?: string
}

function container({ environment = ID, service = 'web', labels = {}, address = '10.213.0.20', ...more }: Wanted = {}): Container {
  const name = more.name ?? `${environment}-${service}-1`
  return {
    id: name,
    name,
    labels: {
      [LABEL.role]: 'service',
      [LABEL.environment]: environment,
      [LABEL.service]: service,
      [LABEL.hosts]: hostName(environment, 'localhost', service),
      [LABEL.port]: '8080',
      [LABEL.tls]: 'off',
      [LABEL.listen]: '80',
      ...labels,
    },
    state: more.state ?? 'running',
    health: 'none',
    exitCode: undefined,
    imageId: 'sha256:0',
    addresses: address === '' ? {} : { [`${environment}_default`]: address },
    volumes: [],
    createdAt: new Date((1000 - (more.age ?? 0)) * 1000),
  }
}

describe('routes from labels', () => {
  it('lead to the address and port of a running service by its names and paths', () => {
    const labels = {
      [LABEL.hosts]: `${ID}.localhost web--${ID}.localhost`,
      [LABEL.routes]: `${ID}.localhost/api/time/ ${ID}.localhost/v1.0`,
      [LABEL.port]: '3000',
      [LABEL.listen]: '18080',
    }
    const { routes, ignored } = routesOf([container({ labels })])
    const same = { upstreams: ['10.213.0.20:3000'], environment: ID, service: 'web', tls: 'off', listen: 18080 }
    assert.deepEqual(ignored, [])
    assert.deepEqual(routes, [
      { ...same, hosts: [`${ID}.localhost`, `web--${ID}.localhost`], path: undefined },
      { ...same, hosts: [`${ID}.localhost`], path: '/api/time' },
      { ...same, hosts: [`${ID}.localhost`], path: '/v1.0' },
    ])
  })

  it('share the load between the replicas of one service', () => {
    const replicas = ['10.213.0.22', '10.213.0.21'].map((address, n) => container({ address, name: `${ID}-web-${n}` }))
    assert.deepEqual(
      routesOf(replicas).routes.map((route) => route.upstreams),
      [['10.213.0.21:8080', '10.213.0.22:8080']],
    )
  })

  it('know the hashed name of a service whose own is no DNS label', () => {
    const service = 'My_Web.2'
    const { routes } = routesOf([container({ service })])
    assert.deepEqual(routes[0]?.hosts, [hostName(ID, 'localhost', service)])
  })

  for (const state of ['created', 'exited', 'paused', 'restarting', 'dead']) {
    it(`do not lead to a container that is ${state}`, () => {
      assert.deepEqual(routesOf([container({ state })]), { routes: [], ignored: [] })
    })
  }

  it('pass over what is no service or has no name, without a word', () => {
    const quiet = [{ [LABEL.role]: 'gateway' }, { [LABEL.hosts]: '' }]
    assert.deepEqual(routesOf(quiet.map((labels) => container({ labels }))), { routes: [], ignored: [] })
  })
})

describe('labels that do not count', () => {
  const hosts = (text: string) => ({ [LABEL.hosts]: text })
  const routes = (text: string) => ({ [LABEL.hosts]: '', [LABEL.routes]: text })
  const cases: [string, Record<string, string>, RegExp][] = [
    ['the name of another environment', hosts('acme-shop-pr-2.localhost'), /not a name of acme-shop-pr-1/],
    ['the name of another service', hosts(`api--${ID}.localhost`), /not a name of/],
    ['a name that only ends like its own', hosts(`evil-${ID}.localhost`), /not a name of/],
    ['a name that only begins like its own', hosts(`${ID}x.localhost`), /not a name of/],
    ['a bare domain', hosts('localhost'), /not a name of/],
    ['its id without a domain', hosts(ID), /not a name of/],
    ['a wildcard', hosts('*.localhost'), /not a name of/],
    ['a wildcard inside its own name', hosts(`${ID}.*.localhost`), /not a name of/],
    ['a placeholder', hosts(`${ID}.{env.SECRET}`), /not a name of/],
    ['an upper-case name', hosts(`${ID}.LOCALHOST`), /not a name of/],
    ['an empty label', hosts(`${ID}..localhost`), /not a name of/],
    ['a domain that begins with a dash', hosts(`${ID}.-x.localhost`), /not a name of/],
    ['a name of more than 253 octets', hosts(`${ID}.${'a'.repeat(60).concat('.').repeat(4)}localhost`), /not a name of/],
    ['a name with a port', hosts(`${ID}.localhost:81`), /not a name of/],
    ['a path under another environment', routes('acme-shop-pr-2.localhost/api'), /not a name of/],
    ['a path that is all', routes(`${ID}.localhost/`), /no path/],
    ['a path with a wildcard', routes(`${ID}.localhost/api*`), /no path/],
    ['a path with a placeholder', routes(`${ID}.localhost/{http.request.uri}`), /no path/],
    ['a path that climbs', routes(`${ID}.localhost/api/../admin`), /no path/],
    ['a path with an empty segment', routes(`${ID}.localhost/api//time`), /no path/],
    ['an encoded path', routes(`${ID}.localhost/%61pi`), /no path/],
    ['port 0', { [LABEL.port]: '0' }, /dev\.mayfly\.port is not a port/],
    ['port 65536', { [LABEL.port]: '65536' }, /not a port/],
    ['no port', { [LABEL.port]: '' }, /not a port/],
    ['a port that is no number', { [LABEL.port]: '80a' }, /not a port/],
    ['a port in hexadecimal', { [LABEL.port]: '0x50' }, /not a port/],
    ['a negative port', { [LABEL.listen]: '-80' }, /dev\.mayfly\.listen is not a port/],
    ['an unknown kind of TLS', { [LABEL.tls]: 'maybe' }, /none of off, auto and internal/],
    ['no environment', { [LABEL.environment]: '' }, /names no environment/],
    [
      'an environment that is no id',
      { [LABEL.environment]: 'a/b', ...hosts(hostName('a/b', 'localhost', 'web')) },
      /no environment/,
    ],
    ['no service', { [LABEL.service]: '' }, /names no environment or no service/],
  ]
  for (const [what, labels, reason] of cases) {
    it(`are ignored, with the reason: ${what}`, () => {
      const { routes, ignored } = routesOf([container({ labels })])
      assert.deepEqual(routes, [])
      assert.equal(ignored.length, 1)
      assert.equal(ignored[0]?.container, `${ID}-web-1`)
      assert.match(ignored[0]?.reason ?? '', reason)
    })
  }

  it('are ignored on a container without an address of its own', () => {
    assert.match(routesOf([container({ address: '' })]).ignored[0]?.reason ?? '', /on no network/)
  })

  it('do not take the good names beside them along', () => {
    const { routes, ignored } = routesOf([container({ labels: hosts(`${ID}.localhost other.localhost`) })])
    assert.deepEqual(routes[0]?.hosts, [`${ID}.localhost`])
    assert.equal(ignored.length, 1)
  })
})

describe('what two services want', () => {
  const both = { [LABEL.hosts]: `${ID}.localhost` }

  it('goes, if it is one name, to the one that was created first, whatever else they claim', () => {
    const first = container({ service: 'b', age: 60, labels: both })
    const second = container({ service: 'a', labels: { [LABEL.hosts]: `${ID}.localhost a--${ID}.localhost` } })
    const { routes, ignored } = routesOf([second, first])
    assert.deepEqual(
      routes.map((route) => [route.service, route.hosts]),
      [
        ['a', [`a--${ID}.localhost`]],
        ['b', [`${ID}.localhost`]],
      ],
    )
    assert.match(ignored[0]?.reason ?? '', /already leads to b of acme-shop-pr-1/)
  })

  it('goes, if it is one port with and without TLS, to the one that was created first', () => {
    const plain = container({ age: 60 })
    const secure = container({ environment: 'other-pr-1', labels: { [LABEL.tls]: 'internal' } })
    const { routes, ignored } = routesOf([secure, plain])
    assert.deepEqual(
      routes.map((route) => route.environment),
      [ID],
    )
    assert.deepEqual(ignored, [{ container: 'other-pr-1-web-1', reason: 'port 80 already serves plain HTTP' }])
  })
})

describe('any set of containers', () => {
  const ids = ['a-pr-1', 'a-pr-2', 'b-pr-1']
  const name = fc.oneof(
    fc
      .tuple(fc.constantFrom(...ids), fc.option(fc.constantFrom('web', 'api', 'w_b')))
      .map(([id, service]) => hostName(id, 'localhost', service ?? undefined)),
    fc.constantFrom('localhost', '*', 'x.localhost', '{host}'),
    fc.string(),
  )
  const item = fc.tuple(name, fc.constantFrom('', '/api', '/api/time', '/../x', '/{x}')).map(([host, path]) => host + path)
  const any = fc.record({
    environment: fc.constantFrom(...ids),
    service: fc.constantFrom('web', 'api', 'w_b'),
    age: fc.nat(3),
    name: fc.uuid(),
    address: fc.ipV4(),
    labels: fc.record({
      [LABEL.hosts]: fc.array(name, { maxLength: 3 }).map((names) => names.join(' ')),
      [LABEL.routes]: fc.array(item, { maxLength: 3 }).map((items) => items.join(' ')),
      [LABEL.tls]: fc.constantFrom('off', 'auto', 'internal'),
      [LABEL.listen]: fc.constantFrom('80', '443', 'x'),
    }),
  })
  const sets = fc.uniqueArray(any, { maxLength: 6, selector: (wanted) => wanted.name })

  it('gives no service a name of another environment, and no name to two services', () => {
    fc.assert(
      fc.property(sets, (wanted) => {
        const { routes } = routesOf(wanted.map(container))
        const seen = new Set<string>()
        for (const route of routes) {
          for (const host of route.hosts) {
            const [own, ofService] = [
              hostName(route.environment, 'localhost'),
              hostName(route.environment, 'localhost', route.service),
            ]
            assert.ok(host === own || host === ofService, `${host} leads to ${route.environment}`)
            const key = `${route.listen} ${host}${route.path ?? ''}`
            assert.ok(!seen.has(key), `${key} is there twice`)
            seen.add(key)
          }
        }
      }),
    )
  })

  it('gives the same routes in whatever order the engine lists them', () => {
    fc.assert(
      fc.property(sets, (wanted) => {
        const containers = wanted.map(container)
        assert.deepEqual(routesOf([...containers].reverse()).routes, routesOf(containers).routes)
      }),
    )
  })
})
