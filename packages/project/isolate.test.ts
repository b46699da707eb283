import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { withAddresses } from './addresses.ts'
import { isolate, type Place, type Placed } from './isolate.ts'
import type { ComposeModel } from './model.ts'
import type { Project } from './project.ts'

const place: Place = {
  id: 'acme-shop-pr-1',
  domain: 'localhost',
  listen: 80,
  tls: 'off',
  limits: { memory: 512 * 1024 ** 2, cpus: 1, pids: 256 },
  labels: { 'dev.mayfly.owner': 'github.com/acme/shop' },
}

function projectOf(model: ComposeModel, more: Partial<Project> = {}): Project {
  const services = Object.keys(model.services).map((name) => ({
    name,
    source: { kind: 'image' as const, reference: 'x' },
    port: 3000,
    route: undefined,
    version: undefined,
    public: true,
    coverage: { kind: 'none' as const, file: '', dump: [], command: [], environment: {}, paths: {} },
    test: undefined,
  }))
  return { kind: 'compose', root: '/', files: [], model, services, defaultService: services[0]?.name, notices: [], ...more }
}

const placedOf = (project: Project): Placed[] =>
  project.services.map(({ name }) => ({
    service: name,
    reference: `sha256:${'0'.repeat(64)}`,
    name,
    revision: 'r',
    key: 'k',
    ports: [],
  }))

const isolated = (project: Project, at = place) => isolate(project, at, placedOf(project))

describe('isolating a project', () => {
  it('leaves no way to the host, and sets the limits', async () => {
    const project = projectOf({
      services: {
        web: {
          image: 'x',
          container_name: 'mine',
          ports: [{ target: 80, published: '80' }],
          labels: { 'traefik.enable': 'true' },
          volumes: [
            { type: 'bind', source: '/repo/html', target: '/html' },
            { type: 'volume', source: 'data', target: '/data' },
          ],
          mem_limit: '1g',
          pids_limit: 10,
          stop_grace_period: '10m0s',
        },
      },
      volumes: { data: { name: 'project_data' } },
    })
    const { model, notices } = await isolated(project)
    const web = model.services.web
    assert.equal(web?.container_name, undefined)
    assert.equal(web?.ports, undefined)
    assert.deepEqual(web?.volumes, [{ type: 'volume', source: 'data', target: '/data' }])
    assert.deepEqual(web?.security_opt, ['no-new-privileges:true'])
    assert.deepEqual(web?.deploy?.resources?.limits, { cpus: '1', memory: String(512 * 1024 ** 2), pids: 10 })
    assert.equal(web?.labels?.['traefik.enable'], undefined)
    assert.equal(web?.stop_grace_period, '10s')
    assert.deepEqual(model.volumes?.data?.name, 'acme-shop-pr-1_data')
    assert.equal(notices.length, 2)
  })

  it('gives names that lead to the service and to no database', async () => {
    const project = projectOf({ services: { web: {}, api: {}, db: {} } })
    const [web, api, db] = project.services
    if (web === undefined || api === undefined || db === undefined) throw new Error('three services')
    api.route = '/api'
    db.port = 5432
    const { services } = await isolated(project, { ...place, listen: 8080 })
    assert.deepEqual(services.find((service) => service.name === 'web')?.urls, [
      'http://acme-shop-pr-1.localhost:8080',
      'http://web--acme-shop-pr-1.localhost:8080',
    ])
    assert.deepEqual(services.find((service) => service.name === 'api')?.urls, [
      'http://api--acme-shop-pr-1.localhost:8080',
      'http://acme-shop-pr-1.localhost:8080/api',
    ])
    assert.deepEqual(services.find((service) => service.name === 'db')?.urls, [])
  })

  it('writes every label, so that one that an image brings along never counts', async () => {
    const { model } = await isolated(projectOf({ services: { web: {} } }, { defaultService: undefined }))
    for (const key of ['hosts', 'routes', 'port', 'tls', 'listen', 'role', 'service', 'config']) {
      assert.notEqual(model.services.web?.labels?.[`dev.mayfly.${key}`], undefined, key)
    }
  })

  it('has one hash for one definition, however it was written, and another for any other', async () => {
    const hash = async (service: ComposeModel['services'][string]) =>
      (await isolated(projectOf({ services: { web: service } }))).services[0]?.config
    const one = await hash({ environment: { A: '1', B: '2' }, command: ['x'] })
    assert.equal(await hash({ command: ['x'], environment: { B: '2', A: '1' } }), one)
    assert.notEqual(await hash({ command: ['x'], environment: { B: '2', A: '2' } }), one)
    assert.notEqual(await hash({ command: ['x', 'x'], environment: { B: '2', A: '1' } }), one)
  })

  it('hands out addresses that are unique and in the upper half of the subnet', async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,12}$/), { minLength: 1, maxLength: 14 })
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 0, max: 2047 }), async (services, block) => {
        const project = projectOf({ services: Object.fromEntries(services.map((name) => [name, {}])) })
        const start = block * 32
        const subnet = `10.213.${start >> 8}.${start & 255}/27`
        const model = withAddresses(await isolated(project), { 'acme-shop-pr-1_default': subnet })
        const addresses = Object.values(model.services).map((service) => String(service.networks?.default?.ipv4_address))
        const last = addresses.map((address) => Number(address.split('.')[3]) - (start & 255))
        return new Set(addresses).size === services.length && last.every((offset) => offset >= 16 && offset < 31)
      }),
    )
  })
})
