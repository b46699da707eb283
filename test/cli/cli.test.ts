import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command, shortHash } from '@mayfly/core'
import { type Sshd, startSshd } from '../hosts/sshd.ts'
import { visit } from '../visit.ts'

const SERVER =
  "require('http').createServer((q,r)=>r.end(require('fs').readFileSync('/srv/text','utf8'))).listen(3000);console.log('it listens')"

describe('the same by hand: the mayfly command', () => {
  let root: string
  let folder: string
  let sshd: Sshd
  let id: string
  let url: string

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'mayfly-cli-'))
    folder = join(root, `hand${process.pid}`)
    await mkdir(folder)
    await writeFile(join(folder, 'text'), 'by hand')
    await writeFile(
      join(folder, 'compose.yaml'),
      JSON.stringify({
        services: {
          web: { image: 'node:24-slim', command: ['node', '-e', SERVER], ports: ['3000'], volumes: ['./text:/srv/text:ro'] },
        },
      }),
    )
    await git('init', '--quiet', '--initial-branch', 'trunk')
    await git('add', '.')
    await git('-c', 'user.name=a', '-c', 'user.email=a@example.test', 'commit', '--quiet', '--message', 'first')
    sshd = await startSshd()
    // A folder without a remote is told from others of its name by its path.
    id = `local-hand${process.pid}-${shortHash(folder, 6)}-trunk`
    url = `http://${id}.localhost:18091/`
  })

  after(async () => {
    for (const name of ['trunk', 'other']) await mayfly('down', '--name', name)
    await sshd.close()
    await rm(root, { recursive: true, force: true })
  })

  it('plans and changes nothing', async () => {
    for (const args of [['plan'], ['up', '--dry-run']]) {
      const planned = await json(...args)
      assert.equal(planned.environment, id)
      assert.deepEqual(
        planned.steps.map((step: { do: string }) => step.do),
        ['create-network', 'start', 'record'],
      )
    }
    assert.equal(
      (await json('ls')).some((environment: { id: string }) => environment.id === id),
      false,
    )
  })

  it('brings it up, lists it, shows its log, and has nothing to do the second time', async () => {
    const up = await json('up')
    assert.equal(up.services[0].action, 'created')
    assert.equal((await visit(url)).body, 'by hand')
    const listed = (await json('ls')).find((environment: { id: string }) => environment.id === id)
    assert.equal(listed.services[0].name, 'web')
    assert.match((await mayfly('logs', 'web')).stdout, /it listens/)
    assert.deepEqual((await json('up')).steps, [])
    assert.match((await mayfly('plan')).stdout, /^reuse web: .*\n$/)
  })

  it('carries a changed file of the checkout into the running service', async () => {
    await writeFile(join(folder, 'text'), 'by hand, changed')
    assert.equal((await json('up')).services[0].action, 'updated')
    assert.equal((await visit(url)).body, 'by hand, changed')
  })

  it('draws where the time of what runs goes, in an environment that expires, and leaves it as it was', async () => {
    const refused = await mayfly('profile')
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /never expires/)
    await json('up', '--ttl', '1h')
    const page = join(root, 'page.html')
    const done = await json('profile', '--for', '1s', '--output', page)
    assert.deepEqual(
      done.profiles.map(({ service, kind }: { service: string; kind: string }) => [service, kind]),
      [['web', 'cpu']],
    )
    assert.match(await readFile(page, 'utf8'), /web/)
    assert.equal((await visit(url)).body, 'by hand, changed')
    assert.deepEqual(
      (await json('up', '--ttl', '1h')).steps.map(({ do: what }: { do: string }) => what),
      [],
    )
  })

  it('keeps two names apart', async () => {
    assert.equal((await json('up', '--name', 'other')).environment, id.replace(/trunk$/, 'other'))
    assert.equal((await visit(url)).body, 'by hand, changed')
  })

  it('refuses a host over ssh that it does not know, and says what to check', async () => {
    const refused = await mayfly('ls', '--host', sshd.url)
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /No engine answers at ssh:.*\n.*known hosts/)
  })

  it('sweeps what has expired, and only that', async () => {
    await json('up', '--name', 'other', '--ttl', '1s')
    let planned = ''
    while (!/remove .*-other: expired/.test(planned)) planned = (await mayfly('sweep', '--dry-run')).stdout
    const swept = await json('sweep')
    assert.deepEqual(swept.map((decision: { action: string }) => decision.action).sort(), ['keep', 'remove'])
  })

  it('takes it down, proves it, and is content when there is nothing', async () => {
    assert.match((await mayfly('down', '--dry-run')).stdout, new RegExp(`remove ${id}-web-1`))
    assert.equal((await json('down')).removed.containers, 1)
    assert.equal((await visit(url)).status, 404)
    assert.equal((await json('down')).removed.containers, 0)
  })

  it('says what is wrong in a sentence, and what to write instead', async () => {
    const table: [string[], RegExp][] = [
      [['frobnicate'], /no command "frobnicate".*\n.*plan, up, down, ls, logs, profile, sweep/],
      [['up', '--nonsense'], /--nonsense/],
      [['up', '--ttl', 'soon'], /--ttl is "soon"/],
      [['up', '--domain', 'a b'], /--domain is "a b"/],
      [['up', '--host', 'ftp://x'], /not an engine's address/],
      [['up', '--directory', tmpdir()], /not a git checkout|no project|compose\.yaml/i],
      [['logs', 'nobody', '--name', 'nowhere'], /There is no environment/],
    ]
    for (const [args, expected] of table) {
      const done = await mayfly(...args)
      assert.notEqual(done.code, 0)
      assert.match(done.stderr, expected)
      assert.doesNotMatch(done.stderr, /\n\s+at .*:\d+:\d+/)
    }
  })

  async function git(...args: string[]): Promise<void> {
    const done = await command(['git', '-C', folder, ...args], { env: { PATH: process.env.PATH ?? '', HOME: root } })
    if (done.code !== 0) throw new Error(done.stderr)
  }

  async function json(...args: string[]) {
    const done = await mayfly(...args, '--json')
    assert.equal(done.code, 0, done.stderr)
    return JSON.parse(done.stdout)
  }

  function mayfly(...args: (string | Record<string, string>)[]) {
    const words = args.filter((arg) => typeof arg === 'string')
    const more = args.find((arg) => typeof arg === 'object') ?? {}
    const program = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'mayfly.js')
    const own = ['--directory', folder, '--domain', 'localhost:18091']
    const given = words.includes('--domain') || words.includes('--directory') ? [] : own
    const { PATH = '', HOME = '' } = process.env
    return command([process.execPath, program, ...words, ...given], { env: { PATH, HOME, ...more } })
  }
})
