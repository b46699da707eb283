import assert from 'node:assert/strict'
import test from 'node:test'

const shop = process.env.MAYFLY_URL ?? 'http://shop:3000'

test('an apple costs a euro', async () => {
  const answer = await fetch(`${shop}/items/apple`)
  assert.deepEqual(await answer.json(), { item: 'apple', count: 12, price: 100 })
})

test('the last pear costs more', async () => {
  const answer = await fetch(`${shop}/items/pear`)
  assert.deepEqual(await answer.json(), { item: 'pear', count: 1, price: 144 })
})

test('what nobody has is not there', async () => {
  assert.equal((await fetch(`${shop}/items/melon`)).status, 404)
})
