import { createServer } from 'node:http'

const api = process.env.API_URL

createServer(async (_request, response) => {
  const answer = await fetch(`${api}/items`).catch(() => undefined)
  const items = answer?.ok ? await answer.json() : []
  response.statusCode = answer?.ok ? 200 : 502
  response.setHeader('content-type', 'text/html')
  response.end(`<h1>Items</h1><ul>${items.map((item) => `<li>${item.name}</li>`).join('')}</ul>\n`)
}).listen(8080)

process.on('SIGTERM', () => process.exit(0))
