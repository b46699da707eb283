import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'

const COUNTS = { apple: 12, pear: 2, plum: 7 }

/** What a query of a database on another machine takes. */
const QUERY = 5

createServer(async (request, response) => {
  const [, kind, item] = /^\/(items|orders)\/([a-z]+)$/.exec(request.url ?? '') ?? []
  if (request.url === '/health') return response.end('ok')
  if (kind === 'orders') await setTimeout(QUERY)
  const count = COUNTS[item]
  response.writeHead(count === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ item, count }))
}).listen(8000)

process.on('SIGTERM', () => process.exit(0))
