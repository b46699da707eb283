/** What the tests of this room share: the stand-in, and a connection to it whose waits are short. */
import { type Log, silent } from '@mayfly/core'
import { type GitHub as StandIn, type GitHubOptions as StandInOptions, startGitHub } from '../../test/github/server.ts'
import { connectGitHub, type GitHub } from './connect.ts'

export const REPOSITORY = 'acme/shop'

export async function startWithPullRequest(options?: StandInOptions): Promise<{ server: StandIn; head: string }> {
  const server = await startGitHub(options)
  await server.createRepository(REPOSITORY)
  await server.commit(REPOSITORY, { branch: 'feature/x', files: { 'a.txt': 'one\n' } })
  const { head } = await server.openPullRequest({ repo: REPOSITORY, head: 'feature/x', title: 'A change' })
  return { server, head }
}

export function connect(server: StandIn, { token = 'workflow-token', log = silent }: { token?: string; log?: Log } = {}): GitHub {
  return connectGitHub({ token, apiUrl: server.apiUrl, repository: REPOSITORY, log, second: 1 })
}

/** Opens pull requests until there are `count`. */
export async function openMore(server: StandIn, count: number): Promise<void> {
  for (let number = 2; number <= count; number++) {
    await server.commit(REPOSITORY, { branch: `feature/${number}`, files: { 'a.txt': `${number}\n` } })
    await server.openPullRequest({ repo: REPOSITORY, head: `feature/${number}` })
  }
}

export function sent(server: StandIn, method: string): string[] {
  return server.requests.filter((request) => request.method === method).map((request) => request.path)
}
