import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

/** Runs inside a container of the tests: says what it was asked, streams events, and echoes on a WebSocket. */
const server = createServer((request, response) => {
  if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: first\n\n')
    // The rest is written when another request says so: a test that sees the first event has not waited for the end.
    rest.push(() => response.end('data: last\n\n'))
    return
  }
  if (request.url === '/finish') for (const finish of rest.splice(0)) finish()
  let body = ''
  request.setEncoding('utf8').on('data', (text: string) => {
    body += text
  })
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const { method, url, headers } = request
    response.end(JSON.stringify({ service: process.env.SERVICE, container: process.env.HOSTNAME, method, url, headers, body }))
  })
})
const rest: (() => void)[] = []
new WebSocketServer({ server }).on('connection', (socket) => {
  // A gateway that closes the connection in the middle is no reason to end.
  socket.on('error', () => {})
  socket.on('message', (data) => socket.send(data, { binary: false }))
})
server.listen(8080)
