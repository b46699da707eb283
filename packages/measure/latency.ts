import { Agent, type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import type { RouteLatency } from '@mayfly/core'
import { noiseOf, percentile } from './statistics.ts'

/** How requests reach an environment: through the gateway, as a visitor's would. */
export interface Way {
  /** The gateway's address and port. */
  address: string
  port: number
  tls: boolean
}

/** One route to time. Only methods without an effect: a route is asked often. */
export interface TimedRoute {
  method: 'GET' | 'HEAD'
  /** With the query, such as `/api/prices?day=1`. */
  path: string
  service: string
  host: string
}

export interface Samples {
  /** Milliseconds, in the order in which they were taken. */
  times: number[]
  /** Answers that were no 2xx or 3xx, and requests without an answer. */
  errors: number
}

export interface Timing {
  /** Requests that are not counted: connections open, code gets compiled. */
  warmUp: number
  samples: number
  /** Milliseconds for one answer. */
  timeout: number
}

export const TIMING: Timing = { warmUp: 20, samples: 200, timeout: 10_000 }

/**
 * Asks each route again and again, one request at a time over kept connections, the routes in turn so that a slow moment
 * of the machine is everybody's. With a second way (the base, in the same run) both are asked in turn, request by request.
 * @returns the samples by way, then by route, in the given order.
 */
export async function sampleRoutes(
  ways: readonly (Way & { routes: readonly TimedRoute[] })[],
  timing: Timing,
): Promise<Samples[][]> {
  const agents = ways.map((way) => agentOf(way))
  const taken = ways.map((way) => way.routes.map((): Samples => ({ times: [], errors: 0 })))
  try {
    for (let round = -timing.warmUp; round < timing.samples; round++) {
      for (const [index, way] of ways.entries()) {
        for (const [number, route] of way.routes.entries()) {
          const answer = await ask(way, route, agents[index], timing.timeout)
          const samples = taken[index]?.[number]
          if (round < 0 || samples === undefined) continue
          if (!answer.well) samples.errors++
          samples.times.push(answer.milliseconds)
        }
      }
    }
  } finally {
    for (const agent of agents) agent.destroy()
  }
  return taken
}

/** The first request of a connection of its own: what the first visitor waits. Undefined where nothing answers. */
export async function firstRequest(way: Way, route: TimedRoute, timeout: number): Promise<number | undefined> {
  const answer = await ask(way, route, undefined, timeout)
  return answer.answered ? answer.milliseconds : undefined
}

/** What the samples of one route say, compared with the base's where there are any. */
export function describeRoute(route: TimedRoute, head: Samples, base?: Samples): RouteLatency {
  const own = figuresOf(head)
  const said = { route: `${route.method} ${route.path}`, service: route.service, errors: head.errors, ...own }
  if (base === undefined || base.times.length === 0) return said
  return compareRoute(said, figuresOf(base))
}

type Figures = NonNullable<RouteLatency['base']>

/**
 * A difference counts only where it is more than 15 % of the base's median and more than three times what either side moved
 * by itself: the same code measured twice moves by some percent on a shared machine.
 */
export function compareRoute(route: RouteLatency, base: Figures): RouteLatency {
  const difference = route.p50 - base.p50
  const band = Math.max(0.15 * base.p50, 3 * route.noise, 3 * base.noise)
  const verdict = Math.abs(difference) <= band ? 'same' : difference > 0 ? 'slower' : 'faster'
  return { ...route, base, verdict }
}

function figuresOf({ times }: Samples): Figures {
  const round = (value: number) => Math.round(value * 100) / 100
  return {
    samples: times.length,
    p50: round(percentile(times, 50)),
    p95: round(percentile(times, 95)),
    noise: round(noiseOf(times)),
  }
}

function agentOf(way: Way): Agent {
  const options = { keepAlive: true, maxSockets: 1 }
  return way.tls ? new SecureAgent(options) : new Agent(options)
}

interface Answer {
  milliseconds: number
  answered: boolean
  /** 2xx or 3xx. */
  well: boolean
}

/** From the request's start to the last byte of its answer. The certificate is not judged: it is time that is in question. */
function ask(way: Way, route: TimedRoute, agent: Agent | undefined, timeout: number): Promise<Answer> {
  const { method, path, host } = route
  const common = { host: way.address, port: way.port, method, path, headers: { host }, timeout, agent: agent ?? (false as const) }
  return new Promise((resolve) => {
    const started = performance.now()
    const end = (answered: boolean, status: number) =>
      resolve({ milliseconds: performance.now() - started, answered, well: status >= 200 && status < 400 })
    const answered = (response: IncomingMessage) => {
      response.on('end', () => end(true, response.statusCode ?? 0))
      response.on('error', () => end(false, 0))
      response.resume()
    }
    const asked: ClientRequest = way.tls
      ? secureRequest({ ...common, servername: host, rejectUnauthorized: false }, answered)
      : plainRequest(common, answered)
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')))
    asked.on('error', () => end(false, 0))
    asked.end()
  })
}
