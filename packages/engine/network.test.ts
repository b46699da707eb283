import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { connectEngine } from './connect.ts'
import { createNetwork, freeSubnet } from './network.ts'
import { remove } from './remove.ts'

const range = (subnet: string) => {
  const [address = '', bits = ''] = subnet.split('/')
  const start = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return { start, end: start + 2 ** (32 - Number(bits)) }
}

describe('subnets of previews', () => {
  it('never overlap one that is taken, and lie in the pool', () => {
    const taken = fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 20, max: 30 }))
        .map(([offset, bits]) => `10.213.${offset >> 8}.${offset & 255}/${bits}`),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(taken, fc.integer({ min: 22, max: 27 }), (used, bits) => {
        const free = freeSubnet(used, bits)
        if (free === undefined) return true
        const own = range(free)
        const aligned = used.map((subnet) => {
          const { start, end } = range(subnet)
          const size = end - start
          return { start: Math.floor(start / size) * size, end: Math.floor(start / size) * size + size }
        })
        return (
          free.startsWith('10.213.') &&
          own.start % (own.end - own.start) === 0 &&
          aligned.every((other) => other.end <= own.start || own.end <= other.start)
        )
      }),
    )
  })

  it('are left when the usual pools are full, and are named as used up when they are', () => {
    assert.equal(freeSubnet(['192.168.0.0/16', '172.17.0.0/16'], 27), '10.213.0.0/27')
    assert.equal(freeSubnet(['10.213.0.0/27', '10.213.0.32/28'], 27), '10.213.0.64/27')
    assert.equal(freeSubnet(['10.213.0.0/16'], 27), undefined)
  })

  it('are one each for eight runs that ask at once, and the same again for the same name', async () => {
    const engine = await connectEngine({ host: undefined }, process.env)
    const names = Array.from({ length: 8 }, (_, index) => `mayfly-subnets-${process.pid}-${index}`)
    try {
      const wanted = (name: string) => ({ name, labels: { 'dev.mayfly.test': String(process.pid) }, members: 3, internal: false })
      const subnets = await Promise.all(names.map((name) => createNetwork(engine, wanted(name))))
      assert.equal(new Set(subnets).size, 8)
      for (const subnet of subnets) assert.match(subnet, /^10\.213\.\d+\.\d+\/27$/)
      assert.equal(await createNetwork(engine, wanted(names[0] ?? '')), subnets[0])
    } finally {
      const networks = names.map((name) => ({ id: name, name, labels: {}, subnet: undefined, createdAt: new Date() }))
      await remove(engine, { containers: [], networks, volumes: [] })
      // What is gone already counts as removed.
      await remove(engine, { containers: [], networks, volumes: [] })
      await engine.close()
    }
  })
})
