import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'

export interface Question {
  port: number
  host: string
  path?: string
  method?: string
  headers?: Record<string, string>
  body?: string
  /** PEM of the authority that must have signed the answer; undefined: plain HTTP. */
  ca?: string
}

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** One request to this machine under any host name. */
export function ask(question: Question): Promise<Answer> {
  const { port, host, path = '/', method = 'GET', headers = {}, body, ca } = question
  const options = { host: '127.0.0.1', port, path, method, headers: { host: `${host}:${port}`, ...headers }, agent: false }
  return new Promise((resolve, reject) => {
    const asked = ca === undefined ? plainRequest(options) : secureRequest({ ...options, ca, servername: host })
    asked.on('error', reject)
    asked.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
    })
    asked.end(body)
  })
}

/** Asks until the answer has this status: a container that was started a moment ago does not listen yet. */
export async function askUntil(status: number, question: Question): Promise<Answer> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const answer = await ask(question).catch((error: Error) => error)
    if (!(answer instanceof Error) && answer.status === status) return answer
    if (Date.now() > deadline) throw new Error(`${question.host} never answered ${status}`, { cause: answer })
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** What service.ts says of a request. */
export interface Said {
  service: string
  container: string
  method: string
  url: string
  headers: Record<string, string>
  body: string
}

export function said(answer: Answer): Said {
  const value: unknown = JSON.parse(answer.body)
  if (!isSaid(value)) throw new Error(`not an answer of service.ts: ${answer.body}`)
  return value
}

function isSaid(value: unknown): value is Said {
  return (
    typeof value === 'object' && value !== null && 'service' in value && 'headers' in value && typeof value.headers === 'object'
  )
}
