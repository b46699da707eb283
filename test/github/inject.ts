/** Faults: which request is answered wrongly, and how. */
import type { ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Fault, Injection } from './types.ts'

export interface Faults {
  inject(fault: Fault): Injection
  /** The fault for this request, counted as used; undefined for a right answer. */
  take(method: string, path: string): Fault | undefined
}

export function createFaults(): Faults {
  const active: { fault: Fault; passed: number; hits: number }[] = []
  return {
    inject(fault) {
      const entry = { fault, passed: 0, hits: 0 }
      active.push(entry)
      return {
        get hits() {
          return entry.hits
        },
        remove() {
          const at = active.indexOf(entry)
          if (at >= 0) active.splice(at, 1)
        },
      }
    },
    take(method, path) {
      for (const entry of active) {
        const { fault } = entry
        if (entry.hits >= (fault.times ?? 1)) continue
        if (fault.method !== undefined && fault.method.toUpperCase() !== method) continue
        // A pattern with the g flag would remember where it stopped.
        if (fault.path && !new RegExp(fault.path.source, fault.path.flags.replace(/[gy]/g, '')).test(path)) continue
        if (entry.passed++ < (fault.skip ?? 0)) continue
        entry.hits += 1
        return fault
      }
      return undefined
    },
  }
}

/** Whether the fault leaves the answer as it is but for its time, its items or its links. */
export function keepsAnswer(fault: Fault): boolean {
  return fault.response === 'slow' || fault.response === 'short-page' || fault.response === 'lost-next'
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: unknown
}

/** A right answer with the fault in it. */
export function spoil(answer: Answer, fault: Fault): Answer {
  if (fault.response === 'short-page' && Array.isArray(answer.body)) {
    return { ...answer, body: answer.body.slice(0, Math.max(0, answer.body.length - (fault.drop ?? 1))) }
  }
  const { link } = answer.headers
  if (fault.response !== 'lost-next' || link === undefined) return answer
  const kept = link.split(', ').filter((part) => !part.endsWith('rel="next"'))
  return { ...answer, headers: { ...answer.headers, link: kept.join(', ') } }
}

/** The wrong answer in place of the right one; undefined where the connection is destroyed or the text is no JSON. */
export function wrongAnswer(fault: Fault, now: Date): Answer | undefined {
  const seconds = fault.seconds ?? 60
  if (fault.response === 'rate-limit') {
    const reset = String(Math.floor(now.getTime() / 1000) + seconds)
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-used': '5000', 'x-ratelimit-reset': reset }
    return { status: fault.status ?? 403, headers, body: said('API rate limit exceeded for installation.', fault.status ?? 403) }
  }
  if (fault.response === 'secondary-rate-limit') {
    const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'
    return { status: fault.status ?? 403, headers: { 'retry-after': String(seconds) }, body: said(message, fault.status ?? 403) }
  }
  const status = /^status (\d{3})$/.exec(fault.response)?.[1]
  return status === undefined
    ? undefined
    : { status: Number(status), headers: {}, body: said(STATUS_CODES[status] ?? 'Error', Number(status)) }
}

function said(message: string, status: number) {
  return { message, documentation_url: 'https://docs.github.com/rest', status: String(status) }
}

/** What is left of the kinds of fault: an answer that is none. Answers the status that was sent; 0 for none. */
export function sendNonsense(response: ServerResponse, fault: Fault, body: unknown): number {
  if (fault.response === 'reset') {
    response.socket?.resetAndDestroy()
    return 0
  }
  const html = fault.response === 'garbage'
  response.writeHead(200, { 'content-type': html ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8' })
  const whole = JSON.stringify(body ?? { message: 'truncated' })
  response.end(html ? '<!DOCTYPE html><html><body>Unicorn!</body></html>' : whole.slice(0, Math.ceil(whole.length / 2)))
  return 200
}
