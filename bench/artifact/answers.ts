import type { Pushed } from './arm.ts'
import { docker } from './docker.ts'

const ORDER = { customer: 'jane@example.com', lines: [{ article: 'a', cents: 250, count: 3 }] }
const TOTAL = 750

/** Milliseconds. */
const PATIENCE = 20_000

/**
 * Has the engine pull an image and run it, and asks it for what the function is there for: what is compared has to be the
 * same thing. @throws where the answer is another.
 */
export async function checkAnswer(registry: string, { repository, reference }: Pushed, label: string): Promise<void> {
  const image = `${registry}/${repository}${reference.startsWith('sha256:') ? '@' : ':'}${reference}`
  const known = await docker('images', '--quiet', image)
  const container = await docker('run', '--detach', '--label', label, '--publish', '127.0.0.1::8080', image)
  try {
    const address = (await docker('port', container, '8080')).split('\n')[0]
    const total = await firstAnswer(`http://${address}/api/orders`)
    if (total !== TOTAL) throw new Error(`${image} answers ${total}, not ${TOTAL}.`)
  } finally {
    await docker('rm', '--force', container)
    // What was pulled only for this; what docker built is removed by its label.
    if (known === '') await docker('rmi', image)
  }
}

async function firstAnswer(url: string): Promise<unknown> {
  const until = performance.now() + PATIENCE
  for (;;) {
    try {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(ORDER) })
      const answer: unknown = await response.json()
      return typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'total') : answer
    } catch (error) {
      if (performance.now() > until) throw new Error(`${url} does not answer.`, { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
