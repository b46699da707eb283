import { request } from 'node:http'

/** What a browser would get: host names under `localhost` lead to this machine whatever its resolver knows. */
export interface Visit {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

export function visit(url: string): Promise<Visit> {
  const { hostname, port, pathname, search, host } = new URL(url)
  return new Promise((resolve, reject) => {
    const address = hostname.endsWith('localhost') ? '127.0.0.1' : hostname
    const asked = request(
      { host: address, port: port || 80, path: pathname + search, headers: { host }, agent: false },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (text: string) => {
          body += text
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}
