import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UserError } from '@mayfly/core'
import type { Project } from '@mayfly/project'
import { readArtifacts } from './build.ts'
import { DEFAULT_LIMITS, parseDomain, parseLimits, parseRegistry } from './settings.ts'

/** The user's mistake, which names the field that it is in. */
const inField = (error: unknown) => error instanceof UserError && error.message.startsWith('the field')

describe('a domain', () => {
  const read: [text: string, tls: 'auto' | 'internal' | 'off', expected: ReturnType<typeof parseDomain>][] = [
    ['localhost', 'auto', { domain: 'localhost', tls: 'off', listen: 80 }],
    ['localhost:8080', 'auto', { domain: 'localhost', tls: 'off', listen: 8080 }],
    ['a.test', 'auto', { domain: 'a.test', tls: 'off', listen: 80 }],
    ['localhost', 'internal', { domain: 'localhost', tls: 'internal', listen: 443 }],
    ['Preview.Example.com', 'auto', { domain: 'preview.example.com', tls: 'auto', listen: 443 }],
    ['preview.example.com:8443', 'off', { domain: 'preview.example.com', tls: 'off', listen: 8443 }],
    ['notlocalhost', 'auto', { domain: 'notlocalhost', tls: 'auto', listen: 443 }],
  ]
  for (const [text, tls, expected] of read) {
    it(`${text} with tls ${tls} is read`, () => assert.deepEqual(parseDomain(text, tls, 'the field'), expected))
  }
  for (const text of [
    '',
    'https://a.b',
    'a b',
    '*.a.b',
    'a..b',
    '-a.b',
    'a.b/c',
    'a:0',
    'a:65536',
    'a:x',
    'a\nb',
    'ü.b',
    `${'a.'.repeat(100)}b`,
  ]) {
    it(`${JSON.stringify(text.slice(0, 20))} is refused`, () =>
      assert.throws(() => parseDomain(text, 'auto', 'the field'), inField))
  }
})

describe('limits', () => {
  it('are any of three in any order, and the usual ones where nothing is said', () => {
    assert.deepEqual(parseLimits([], 'the field'), DEFAULT_LIMITS)
    assert.deepEqual(parseLimits(['pids=64', 'memory=512m', 'cpus=0.5'], 'the field'), { memory: 2 ** 29, cpus: 0.5, pids: 64 })
  })
  for (const item of ['memory', 'memory=', 'memory=lots', 'cpus=0', 'cpus=-1', 'cpus=x', 'pids=1.5', 'pids=0', 'disk=1g', '=1']) {
    it(`${item} is refused`, () => assert.throws(() => parseLimits([item], 'the field'), inField))
  }
})

describe('a registry', () => {
  it('is a host and a path, without the slash at the end', () => {
    for (const text of ['ghcr.io/acme/shop', 'ghcr.io/acme/shop/', '127.0.0.1:5000']) {
      assert.equal(parseRegistry(text, 'the field'), text.replace(/\/$/, ''))
    }
  })
  for (const text of ['', 'https://ghcr.io', 'GHCR.io/a', 'ghcr.io/a:1', 'ghcr.io/a b', '--help/a@b', 'a/$(id)']) {
    it(`${JSON.stringify(text)} is refused`, () => assert.throws(() => parseRegistry(text, 'the field'), inField))
  }
})

describe('artifacts of an earlier step', () => {
  const web = {
    service: 'web',
    name: 'acme/shop/web@1.0.0',
    reference: `sha256:${'a'.repeat(64)}`,
    revision: 'r',
    key: 'k',
    ports: [80],
  }
  const source = { kind: 'image', reference: 'caddy:2' } as const
  const project: Project = {
    kind: 'compose',
    root: '/',
    files: [],
    model: { services: {} },
    services: [
      {
        name: 'web',
        source,
        port: undefined,
        route: undefined,
        version: undefined,
        public: true,
        coverage: { kind: 'none', file: '', dump: [], command: [], environment: {}, paths: {} },
        test: undefined,
      },
    ],
    defaultService: 'web',
    notices: [],
  }

  it('are taken as they are, by digest, from the engine or a registry', () => {
    for (const reference of [web.reference, `ghcr.io/acme/web@${web.reference}`]) {
      assert.deepEqual(readArtifacts(JSON.stringify([{ ...web, reference }]), project, 'the field'), [{ ...web, reference }])
    }
  })

  const refused: [what: string, text: string][] = [
    ['no JSON', 'web'],
    ['no list', '{}'],
    ['an entry that is none', '[null]'],
    ['a tag instead of a digest', JSON.stringify([{ ...web, reference: 'caddy:2' }])],
    ['a digest with more behind it', JSON.stringify([{ ...web, reference: `${web.reference} --privileged` }])],
    ['a port that is none', JSON.stringify([{ ...web, ports: ['80'] }])],
    ['nothing for a service of the project', JSON.stringify([{ ...web, service: 'api' }])],
  ]
  for (const [what, text] of refused) {
    it(`with ${what} are refused`, () => assert.throws(() => readArtifacts(text, project, 'the field'), inField))
  }
})
