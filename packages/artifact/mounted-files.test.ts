import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { LABEL, silent } from '@mayfly/core'
import { connectEngine, docker, type Engine } from '@mayfly/engine'
import type { ComposeMount } from '@mayfly/project'
import { makeArtifacts } from './make.ts'
import { planArtifacts } from './plan.ts'
import { registriesOf } from './registries.ts'
import type { ArtifactRequest } from './request.ts'
import { toolsOf } from './tools.ts'

const BASE = 'debian:trixie-slim'
const OWNER = `github.test/units-files/p${process.pid}`

let engine: Engine
let root: string

before(async () => {
  engine = await connectEngine({ host: undefined }, process.env)
  root = await realpath(await mkdtemp(join(tmpdir(), 'units-files-')))
  const binary = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  const files = { 'app.conf': 'one file', 'site/index.html': 'hello', 'site/deep/er.bin': binary, 'site/run.sh': 'echo ran' }
  const hidden = { 'site/.git/config': 'token', 'site/.gitignore': 'x', 'site/sub/.git': 'gitdir: elsewhere' }
  for (const [path, content] of Object.entries({ ...files, ...hidden })) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  await chmod(join(root, 'site/run.sh'), 0o755)
  await symlink('index.html', join(root, 'site/link.html'))
  await symlink('/nowhere/at/all', join(root, 'site/dangling'))
})

after(async () => {
  await rm(root, { recursive: true, force: true })
  const { stdout } = await docker(engine, ['images', '--quiet', '--filter', `label=${LABEL.owner}=${OWNER}`])
  const images = [...new Set(stdout.split('\n').filter((id) => id !== ''))]
  if (images.length > 0) await docker(engine, ['rmi', '--force', ...images])
  await engine.close()
})

function request(mounts: Record<string, string>): ArtifactRequest {
  const volumes: ComposeMount[] = Object.entries(mounts).map(([target, source]) => ({
    type: 'bind',
    source: join(root, source),
    target,
  }))
  const source = { kind: 'image', reference: BASE } as const
  return {
    engine,
    project: {
      kind: 'compose',
      root,
      files: [],
      model: { services: { web: { image: BASE, volumes } } },
      services: [
        {
          name: 'web',
          source,
          port: undefined,
          route: undefined,
          version: undefined,
          public: true,
          coverage: { kind: 'none', file: '', dump: [], command: [], environment: {}, paths: {} },
          test: undefined,
        },
      ],
      defaultService: 'web',
      notices: [],
    },
    owner: OWNER,
    environment: 'units-files-pr-1',
    pullRequest: 1,
    revision: '1'.repeat(40),
    source: '',
    committedAt: new Date('2026-01-02T03:04:05Z'),
    registries: registriesOf(process.env, silent),
    dirty: '',
    run: '',
    signingKey: undefined,
    ttl: undefined,
    registry: undefined,
    tools: toolsOf(process.env, root, undefined),
    log: silent,
  }
}

async function make(mounts: Record<string, string>) {
  const asked = request(mounts)
  const [artifact] = await makeArtifacts(asked, await planArtifacts(asked))
  assert.ok(artifact)
  return artifact
}

async function plan(mounts: Record<string, string>) {
  const [planned] = await planArtifacts(request(mounts))
  assert.ok(planned)
  return planned
}

/** Runs a small shell program in the image; its arguments reach it as `$1` and on. */
async function inside(image: string, program: string, ...args: string[]): Promise<string> {
  const done = await docker(engine, ['run', '--rm', '--network', 'none', image, 'sh', '-c', program, 'sh', ...args])
  assert.equal(done.code, 0, done.stderr)
  return done.stdout
}

describe('files that a Compose file mounts from the checkout', () => {
  it('are in the image: text, bytes, modes and links as they were', async () => {
    const { reference } = await make({ '/etc/app.conf': 'app.conf', '/srv/site': 'site' })
    assert.equal(await inside(reference, 'cat /etc/app.conf /srv/site/index.html'), 'one filehello')
    const bytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')).join('')
    assert.equal(await inside(reference, "od -An -v -tx1 /srv/site/deep/er.bin | tr -d ' \\n'"), bytes)
    assert.equal(
      await inside(reference, '/srv/site/run.sh && stat -c %a /srv/site/run.sh /srv/site/index.html'),
      'ran\n755\n644\n',
    )
    assert.equal(await inside(reference, 'readlink /srv/site/link.html /srv/site/dangling'), 'index.html\n/nowhere/at/all\n')
  })

  it('never bring .git along, at any depth', async () => {
    const { reference } = await make({ '/srv/site': 'site' })
    assert.equal(await inside(reference, "find /srv/site -name '.git*' | sort"), '/srv/site/.gitignore\n')
  })

  it('go to the path that was written, whatever a Dockerfile would make of it', async () => {
    const odd = [
      '/srv/$HOME/a',
      '/srv/$(id)',
      '/srv/back\\slash',
      '/srv/two words',
      '/srv/"quoted"',
      "/srv/it's",
      '/srv/#x',
      '/srv/[a]',
      '/srv/ü',
    ]
    const { reference } = await make(Object.fromEntries(odd.map((target) => [target, 'app.conf'])))
    const shown = await inside(reference, 'for file; do cat "$file" && echo " $file"; done', ...odd)
    assert.deepEqual(
      shown.trimEnd().split('\n'),
      odd.map((target) => `one file ${target}`),
    )
  })

  it('are the same image the second time, and another where a byte, a mode or a place is another', async () => {
    const mounts = { '/srv/site': 'site' }
    const { reference, key } = await make(mounts)
    const again = await plan(mounts)
    assert.deepEqual([again.action, again.key, again.present?.reference], ['reuse', key, reference])
    assert.equal((await make(mounts)).reused, true)
    const changes: [what: string, change: () => Promise<void>, mounts: Record<string, string>][] = [
      ['place', async () => {}, { '/srv/other': 'site' }],
      ['byte', () => writeFile(join(root, 'site/index.html'), 'hallo'), mounts],
      ['mode', () => chmod(join(root, 'site/index.html'), 0o755), mounts],
      ['link', () => symlink('index.html', join(root, 'site/another.html')), mounts],
    ]
    const keys = new Set([key])
    for (const [what, change, changed] of changes) {
      await change()
      const planned = await plan(changed)
      assert.equal(planned.action, 'build', what)
      assert.ok(!keys.has(planned.key), what)
      keys.add(planned.key)
    }
  })
})
