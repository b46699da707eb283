import { createServer } from 'node:http'

let done = 0
setInterval(async () => {
  // While the API is being replaced nobody answers; the next turn tries again.
  const answer = await fetch(process.env.API_URL, { method: 'POST' }).catch(() => undefined)
  if (answer?.ok) done++
}, 1000)

createServer((_request, response) => response.end(`${done} visits\n`)).listen(4000)

process.on('SIGTERM', () => process.exit(0))
