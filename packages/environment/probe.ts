import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { LABEL, type Log } from '@mayfly/core'
import { type Container, type Engine, hostAddress } from '@mayfly/engine'
import { GATEWAY_HEADER } from '@mayfly/gateway'
import type { Isolated } from '@mayfly/project'
import type { Target } from './target.ts'
import { logsOf, UnhealthyError } from './verify.ts'

const ASK_EVERY = 50

/** How often the containers themselves are looked at while a service does not answer, in milliseconds. */
const LOOK_EVERY = 2000

/**
 * Asks every service that has a URL through the gateway, until something other than the gateway itself answers, and
 * compares the revision that a function names with the artifact's.
 * From a machine that cannot reach the host's port (a firewall between runner and host) it says so and goes on: the
 * engine's own word on health stands.
 * @throws whatever `stillWell` throws: a service that ran a moment ago may have ended since.
 * @throws UnhealthyError where the gateway keeps saying that the service does not answer.
 */
export async function untilAnswering(
  engine: Engine,
  target: Target,
  isolated: Isolated,
  containers: readonly Container[],
  options: { timeout: number; stillWell: () => Promise<void>; log: Log },
): Promise<void> {
  const { timeout, stillWell, log } = options
  const reached = isolated.services.filter((service) => service.urls.length > 0)
  const deadline = Date.now() + timeout
  let over = false
  const answers = Promise.all(
    reached.map(async (service) => {
      const labels = isolated.model.services[service.name]?.labels ?? {}
      const asked = { host: labels[LABEL.hosts]?.split(' ')[0] ?? '', revision: labels[LABEL.revision] ?? '' }
      return { service, verdict: await ask(engine, target, asked, () => over || Date.now() > deadline) }
    }),
  )
  const watch = async () => {
    while (!over) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY).unref())
      if (!over) await stillWell()
    }
    return answers
  }
  const outcomes = await Promise.race([answers, watch()]).finally(() => {
    over = true
  })
  if (outcomes.some((outcome) => outcome.verdict === 'out of reach')) {
    log.warn('The gateway cannot be reached from here; health is taken from the engine alone.')
  }
  const silent = outcomes.filter((outcome) => outcome.verdict !== 'answered' && outcome.verdict !== 'out of reach')
  if (silent.length === 0) return
  const sentences = silent.map(({ service, verdict }) => {
    const port = isolated.model.services[service.name]?.labels?.[LABEL.port]
    return `The service ${service.name} runs, but ${verdict} (port ${port}).`
  })
  const names = silent.map((outcome) => outcome.service.name)
  throw new UnhealthyError(sentences.join(' '), await logsOf(engine, containers, names))
}

type Verdict = 'answered' | 'out of reach' | 'nothing answers through the gateway' | 'another revision answers'

async function ask(
  engine: Engine,
  target: Target,
  asked: { host: string; revision: string },
  over: () => boolean,
): Promise<Verdict> {
  const remote = hostAddress(engine)
  for (;;) {
    const answer = await once(remote, target, asked.host)
    if (answer === 'refused' && remote !== '127.0.0.1') return 'out of reach'
    const verdict = judge(answer, asked.revision)
    if (verdict === 'answered' || over()) return verdict
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY))
  }
}

function judge(answer: Answer, expected: string): Verdict {
  if (answer === 'refused' || answer.gateway) return 'nothing answers through the gateway'
  return answer.revision !== undefined && answer.revision !== expected ? 'another revision answers' : 'answered'
}

type Answer = 'refused' | { gateway: boolean; revision: string | undefined }

/** Asks for `/`. The certificate is not judged: it is the route that is in question, and a new certificate may be on its way. */
function once(address: string, target: Target, host: string): Promise<Answer> {
  const secure = target.tls !== 'off'
  const common = { host: address, port: target.listen, path: '/', headers: { host }, timeout: 5000, agent: false as const }
  return new Promise((resolve) => {
    const answered = (response: IncomingMessage) => {
      response.destroy()
      const revision = response.headers['x-mayfly-revision']
      resolve({
        gateway: response.headers[GATEWAY_HEADER] !== undefined,
        revision: typeof revision === 'string' ? revision : undefined,
      })
    }
    const asked = secure
      ? secureRequest({ ...common, servername: host, rejectUnauthorized: false }, answered)
      : plainRequest(common, answered)
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve('refused'))
    asked.end()
  })
}
