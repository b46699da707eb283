import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import test from 'node:test'

const agent = new Agent({ keepAlive: true })
const { port, host } = new URL(process.env.MAYFLY_URL)

/** A kept connection may be closed by the other side at the moment of a request, as when another preview is deployed. */
function ask(path) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: { host }, agent }, (answer) => {
      let text = ''
      answer
        .on('data', (part) => {
          text += part
        })
        .on('end', () => resolve({ status: answer.statusCode, body: JSON.parse(text) }))
    })
    asked.on('error', (error) => (asked.reusedSocket && error.code === 'ECONNRESET' ? resolve(ask(path)) : reject(error)))
    asked.end()
  })
}

const PRICES = { apple: 100, pear: 144, plum: 80 }

/** Each test asks for what there is and for what there is not. */
function asksOfTheShop(kind, tests) {
  for (let at = 0; at < tests; at++) {
    test(`${kind} ${at}`, async () => {
      for (const [item, price] of Object.entries(PRICES)) {
        const { status, body } = await ask(`/${kind}/${item}`)
        assert.equal(status, 200)
        assert.equal(body.price, price)
      }
      assert.equal((await ask(`/${kind}/melon`)).status, 404)
    })
  }
}

const suites = {
  waits: () => asksOfTheShop('orders', 60),
  passes: () => asksOfTheShop('items', 200),
  answers: () => {
    for (let at = 0; at < 200; at++) {
      test(`prices ${at}`, async () => {
        for (const item of ['apple', 'pear', 'plum', 'melon']) assert.ok((await ask(`/prices/${item}`)).body.price > 0)
      })
    }
  },
  computes: () => {
    for (let at = 0; at < 50; at++)
      test(`ways ${at}`, async () => assert.equal(typeof (await ask(`/ways/${100_000 + at}`)).body.ways, 'number'))
  },
}
suites[process.argv[2]]()
test.after(() => agent.destroy())
