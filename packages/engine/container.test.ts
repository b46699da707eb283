import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { LABEL } from '@mayfly/core'
import { connectEngine, docker, type Engine } from './connect.ts'
import { readContainerFile } from './container.ts'
import { createNetwork } from './network.ts'
import { observe } from './observe.ts'
import { remove } from './remove.ts'
import { createVolume } from './volume.ts'

const owner = `github.test/units-engine/p${process.pid}`
const id = `units-engine-${process.pid}`
const labels = { [LABEL.owner]: owner, [LABEL.environment]: id }

let engine: Engine

before(async () => {
  engine = await connectEngine({ host: undefined }, process.env)
  await createNetwork(engine, { name: `${id}_default`, labels, members: 1, internal: false })
  await createVolume(engine, `${id}_data`, labels)
  const label = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`])
  const where = ['--name', `${id}-web-1`, '--network', `${id}_default`, '--volume', `${id}_data:/data`]
  const program = "printf 'grüße\\n' > /text; : > /empty; ln -s /text /link; mkdir /folder; echo in > /folder/a; sleep 600"
  const run = await docker(engine, ['run', '--detach', ...where, ...label, 'debian:trixie-slim', 'sh', '-c', program])
  assert.equal(run.code, 0, run.stderr)
  while (typeof (await readContainerFile(engine, `${id}-web-1`, '/folder/a')) === 'string') {}
})

after(async () => {
  await remove(engine, await observe(engine, { owner }))
  await engine.close()
})

describe('a file of a container', () => {
  const found: [path: string, content: string][] = [
    ['/text', 'grüße\n'],
    ['/empty', ''],
    ['/folder/a', 'in\n'],
  ]
  for (const [path, content] of found) {
    it(`${path} is read without a program inside`, async () => {
      assert.deepEqual(await readContainerFile(engine, `${id}-web-1`, path), { content })
    })
  }

  it('that is not there is told from a container that is not there', async () => {
    assert.equal(await readContainerFile(engine, `${id}-web-1`, '/nothing'), 'no such file')
    assert.equal(await readContainerFile(engine, `${id}-none-1`, '/text'), 'no such container')
  })
})

describe('removing', () => {
  it('takes exactly what it is given; twice at once and once more is no error', async () => {
    const seen = await observe(engine, { owner, environment: id })
    const names = [...seen.containers, ...seen.networks, ...seen.volumes].map((resource) => resource.name)
    assert.deepEqual(names, [`${id}-web-1`, `${id}_default`, `${id}_data`])
    await remove(engine, { containers: [], networks: [], volumes: [] })
    assert.deepEqual(await observe(engine, { owner, environment: id }), seen)
    await Promise.all([remove(engine, seen), remove(engine, seen)])
    await remove(engine, seen)
    assert.deepEqual(await observe(engine, { owner }), { containers: [], networks: [], volumes: [] })
  })
})
