import { type Job, UserError } from '@mayfly/core'
import { readTrigger } from '@mayfly/github'

/** What is tested: the preview of a pull request, or a commit of the default branch in an environment of its own. */
export type TestTrigger = { kind: 'pull-request'; number: number } | { kind: 'push'; revision: string; branch: string }

/**
 * A push to the default branch is measured too: it is what later pull requests are compared with.
 * @throws UserError for any other event.
 */
export function readTestTrigger(context: Job): TestTrigger {
  if (context.event.name !== 'push') {
    const trigger = readTrigger(context.event)
    if (trigger.kind === 'pull-request') return trigger
    throw new UserError(`The event ${context.event.name} names nothing to test.`, {
      cure: 'Run this step on: pull_request and push.',
    })
  }
  const revision = context.environment.GITHUB_SHA ?? ''
  const branch = /^refs\/heads\/(.+)$/.exec(context.environment.GITHUB_REF ?? '')?.[1] ?? ''
  const main = defaultBranch(context.event.payload)
  if (!/^[0-9a-f]{40,64}$/.test(revision) || branch === '' || (main !== undefined && main !== branch)) {
    throw new UserError(`This push to ${branch || 'a tag'} is nothing that pull requests are compared with.`, {
      cure: `Run this step on: push, with branches: [${main ?? 'main'}].`,
    })
  }
  return { kind: 'push', revision, branch }
}

function defaultBranch(payload: unknown): string | undefined {
  const repository = field(payload, 'repository')
  const name = field(repository, 'default_branch')
  return typeof name === 'string' ? name : undefined
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
