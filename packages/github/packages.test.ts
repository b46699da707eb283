import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import { startGitHub } from '../../test/github/server.ts'
import { GitHubError, PermissionError } from './errors.ts'
import { deletePackageVersion, listPackageVersions, readAccount } from './packages.ts'
import { connect } from './stand-in.ts'

const digest = (number: number) => `sha256:${createHash('sha256').update(String(number)).digest('hex')}`

for (const [login, kind] of [
  ['acme', 'orgs'],
  ['octocat', 'users'],
] as const) {
  test(`every version of a package of ${kind} is listed over many pages, with its tags and when it came`, async () => {
    await using server = await startGitHub()
    if (kind === 'orgs') server.organization(login)
    const createdAt = new Date('2026-01-02T03:04:05Z')
    for (let number = 0; number < 230; number++) {
      server.addPackageVersion(login, 'shop/web', { digest: digest(number), tags: [`v${number}`], createdAt })
    }
    const github = connect(server)
    const account = await readAccount(github, login)
    assert.deepEqual(account, { login, kind })
    const versions = await listPackageVersions(github, account, 'shop/web')
    assert.equal(new Set(versions.map((version) => version.digest)).size, 230)
    assert.deepEqual(versions.at(-1), { id: versions.at(-1)?.id, digest: digest(0), tags: ['v0'], pushedAt: createdAt })
    assert.deepEqual(server.violations, [])
  })
}

test('a version is deleted with its tags; one that is gone already is no error', async () => {
  await using server = await startGitHub()
  server.organization('acme')
  const id = server.addPackageVersion('acme', 'web', { digest: digest(1), tags: ['a', 'b'] })
  server.addPackageVersion('acme', 'web', { digest: digest(2) })
  const github = connect(server)
  const account = await readAccount(github, 'acme')
  assert.equal(await deletePackageVersion(github, account, 'web', id), 'deleted')
  assert.equal(await deletePackageVersion(github, account, 'web', id), 'gone')
  assert.deepEqual(
    server.packageVersions('acme', 'web').map((version) => version.digest),
    [digest(2)],
  )
})

test('what GitHub itself keeps is said in its words: the last version, and one that many have pulled', async () => {
  await using server = await startGitHub()
  server.organization('acme')
  const many = server.addPackageVersion('acme', 'web', { digest: digest(1), downloads: 5001 })
  const github = connect(server)
  const account = await readAccount(github, 'acme')
  const last = await deletePackageVersion(github, account, 'web', many)
  server.addPackageVersion('acme', 'web', { digest: digest(2) })
  const public_ = await deletePackageVersion(github, account, 'web', many)
  assert.match(typeof last === 'object' ? last.refused : last, /last version/)
  assert.match(typeof public_ === 'object' ? public_.refused : public_, /5000 downloads/)
})

test('a token without the permission is told which one to add', async () => {
  await using server = await startGitHub()
  server.organization('acme')
  server.addToken('weak', { login: 'github-actions[bot]', type: 'Bot', permissions: { packages: 'read' } })
  const id = server.addPackageVersion('acme', 'web', { digest: digest(1) })
  const github = connect(server, { token: 'weak' })
  const account = await readAccount(github, 'acme')
  await assert.rejects(deletePackageVersion(github, account, 'web', id), (error) => {
    assert.ok(error instanceof PermissionError)
    assert.match(error.cure ?? '', /packages: write/)
    return true
  })
})

for (const response of ['short-page', 'lost-next', 'truncated', 'garbage', 'status 500'] as const) {
  test(`a list of versions that ends in doubt is no list: ${response}`, async () => {
    await using server = await startGitHub()
    server.organization('acme')
    for (let number = 0; number < 150; number++) server.addPackageVersion('acme', 'web', { digest: digest(number) })
    server.inject({ response, path: /versions$/, times: Number.POSITIVE_INFINITY })
    const listed = listPackageVersions(connect(server), { login: 'acme', kind: 'orgs' }, 'web')
    // A lost link alone loses nothing: a full page is followed whatever its links say.
    if (response === 'lost-next') assert.equal((await listed).length, 150)
    else await assert.rejects(listed, GitHubError)
  })
}
