import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { portsOf, routeIdsOf } from './caddy.ts'
import { caddyConfig, type Front, routeId } from './config.ts'
import type { Route } from './routes.ts'

const ID = 'acme-shop-pr-1'
const front: Front = { ports: [], redirectFrom: 80, keepsStreams: false }

function route(more: Partial<Route> = {}): Route {
  return {
    hosts: [`${ID}.example.com`],
    path: undefined,
    upstreams: ['10.213.0.20:8080'],
    environment: ID,
    service: 'web',
    tls: 'off',
    listen: 80,
    ...more,
  }
}

describe("Caddy's configuration", () => {
  it('keeps the admin endpoint off every network', () => {
    assert.deepEqual(caddyConfig([], front).admin, { listen: 'unix//run/mayfly-admin.sock' })
  })

  it('asks the longest path first', () => {
    const routes = [undefined, '/api', '/api/time/zones', '/api/time'].map((path) => route({ path }))
    assert.deepEqual(
      routeIdsOf(caddyConfig(routes, front)),
      [...routes].sort((a, b) => (b.path ?? '').length - (a.path ?? '').length).map(routeId),
    )
  })

  it('is the same for the same routes in another order', () => {
    const routes = [
      route(),
      route({ service: 'api', hosts: [`api--${ID}.example.com`] }),
      route({ path: '/a' }),
      route({ path: '/b' }),
    ]
    assert.equal(JSON.stringify(caddyConfig([...routes].reverse(), front)), JSON.stringify(caddyConfig(routes, front)))
  })

  it('names every route once', () => {
    const routes = [
      route(),
      route({ path: '/a' }),
      route({ listen: 8080 }),
      route({ service: 'api', hosts: [`api--${ID}.example.com`] }),
      route({ hosts: [`${ID}.example.org`], tls: 'internal', listen: 443 }),
    ]
    const ids = routeIdsOf(caddyConfig(routes, front))
    assert.equal(new Set(ids).size, routes.length)
    assert.ok(ids.every((id) => id.startsWith(`route/${ID}/`)))
  })

  it('says which ports are open, so that they can stay open', () => {
    const config = caddyConfig([route({ tls: 'auto', listen: 443 })], { ...front, ports: [{ number: 8080, secure: false }] })
    const ports = [
      { number: 80, secure: false },
      { number: 443, secure: true },
      { number: 8080, secure: false },
    ]
    assert.deepEqual(portsOf(config), ports)
    assert.deepEqual(portsOf(caddyConfig([], { ...front, ports })), ports)
  })

  it('lets routes decide what a port that was already open is for', () => {
    const config = caddyConfig([route({ tls: 'internal', listen: 8443 })], { ...front, ports: [{ number: 8443, secure: false }] })
    assert.deepEqual(
      portsOf(config).filter((port) => port.number === 8443),
      [{ number: 8443, secure: true }],
    )
  })

  it('uses no field that Caddy 2.6 does not know, unless this Caddy does', () => {
    assert.doesNotMatch(JSON.stringify(caddyConfig([route()], front)), /stream_close_delay/)
    assert.match(JSON.stringify(caddyConfig([route()], { ...front, keepsStreams: true })), /"stream_close_delay":"24h"/)
  })

  it('binds no request to the configuration that it began under', () => {
    assert.doesNotMatch(JSON.stringify(caddyConfig([route()], front)), /"flush_interval":-1/)
  })

  it('asks only its own authority for names that are served with it', () => {
    const routes = [route({ tls: 'internal', listen: 443 }), route({ tls: 'auto', listen: 443, hosts: ['b-pr-1.example.com'] })]
    const text = JSON.stringify(caddyConfig(routes, front))
    assert.match(text, /"policies":\[\{"subjects":\["acme-shop-pr-1\.example\.com"\],"issuers":\[\{"module":"internal"\}\]\}\]/)
  })
})

describe('reading a configuration back', () => {
  for (const strange of [
    undefined,
    null,
    '',
    'unreadable',
    [],
    {},
    { apps: null },
    { apps: { http: { servers: { 'http-80': 1, srv0: {} } } } },
  ]) {
    it(`finds no routes in ${JSON.stringify(strange)}`, () => {
      assert.deepEqual(routeIdsOf(strange), [])
    })
  }
})
