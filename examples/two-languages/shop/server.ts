import { createServer } from 'node:http'
import { priceOf } from './price.ts'

const stock = process.env.STOCK_URL ?? 'http://127.0.0.1:8000'

createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://shop')
  if (pathname === '/health') return response.end('ok')
  const item = /^\/items\/([a-z]+)$/.exec(pathname)?.[1]
  if (item === undefined) return response.writeHead(404).end('There is nothing here.')
  const answer = await fetch(`${stock}/stock/${item}`)
  if (!answer.ok) {
    console.error(`The stock does not know ${item}.`)
    return response.writeHead(404).end(`There is no ${item}.`)
  }
  const { count } = await answer.json()
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ item, count, price: priceOf(item, count) }))
}).listen(3000)
