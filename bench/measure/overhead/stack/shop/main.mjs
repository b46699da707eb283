import { createServer } from 'node:http'
import { priceOf, waysToPay } from './price.mjs'

const stock = process.env.STOCK_URL

async function answer(path) {
  if (path === '/health') return 'ok'
  const [, kind, what] = /^\/(items|orders|prices|ways)\/([a-z0-9]+)$/.exec(path) ?? []
  if (kind === undefined) return undefined
  if (kind === 'ways') return { ways: waysToPay(Number(what)) }
  if (kind === 'prices') return { item: what, price: priceOf(what, what.length) }
  const asked = await fetch(`${stock}/${kind}/${what}`)
  if (!asked.ok) return undefined
  const { item, count } = await asked.json()
  return { item, count, price: priceOf(item, count) }
}

createServer(async (request, response) => {
  const found = await answer(new URL(request.url ?? '/', 'http://shop').pathname).catch(() => undefined)
  response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(found ?? 'There is nothing here.'))
}).listen(3000)

process.on('SIGTERM', () => process.exit(0))
