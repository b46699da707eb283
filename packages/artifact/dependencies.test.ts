import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { command, silent } from '@mayfly/core'
import { installDependencies } from './dependencies.ts'
import { toolsOf } from './tools.ts'

/** A registry on loopback that has one package, and remembers what it was asked and by whom. */
interface Registry {
  url: string
  asked: { url: string; headers: string }[]
  tarball: Buffer
  close(): Promise<void>
}

let home: string
let registry: Registry

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'artifact-dependencies-'))
  registry = await openRegistry(join(home, 'package-source'))
})

after(async () => {
  await registry.close()
  await rm(home, { recursive: true, force: true })
})

async function openRegistry(folder: string): Promise<Registry> {
  const manifest = { name: 'greet', version: '1.0.0', main: 'index.js', scripts: { postinstall: `touch ${home}/script-ran` } }
  await write(folder, { 'package/package.json': JSON.stringify(manifest), 'package/index.js': "module.exports = 'hello'\n" })
  const packed = await command(['tar', '-czf', join(folder, 'greet.tgz'), '-C', folder, 'package'], {
    env: { PATH: process.env.PATH ?? '' },
  })
  assert.equal(packed.code, 0, packed.stderr)
  const tarball = await readFile(join(folder, 'greet.tgz'))
  const asked: Registry['asked'] = []
  const server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', headers: JSON.stringify(request.headers) })
    if (request.url === '/greet.tgz') return void response.end(tarball)
    if (request.url !== '/greet') return void response.writeHead(404).end('{}')
    const dist = { tarball: `${registry.url}/greet.tgz`, integrity: integrityOf(tarball) }
    response.end(
      JSON.stringify({ name: 'greet', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { ...manifest, dist } } }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${address.port}`, asked, tarball, close }
}

function integrityOf(bytes: Buffer): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`
}

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

/** Installs for a function in a checkout of its own, on a machine whose environment and home hold secrets. */
async function install(name: string, files: Record<string, string>) {
  const root = join(home, name, 'checkout')
  const directory = join(root, 'functions/f')
  const machine = join(home, name, 'home')
  await write(directory, files)
  await write(machine, { '.npmrc': `//${new URL(registry.url).host}/:_authToken=machine-token\nregistry=${registry.url}\n` })
  const tools = toolsOf({ PATH: process.env.PATH, HOME: machine }, join(home, name, 'cache'), undefined)
  const said: string[] = []
  const log = { ...silent, info: (line: string) => void said.push(line) }
  const run = () => installDependencies(directory, root, { ...tools, env: { ...tools.env, SECRET: 'hunter2' } }, log)
  return { run, root, directory, said }
}

const MANIFEST = JSON.stringify({ name: 'f', dependencies: { greet: '^1.0.0' }, scripts: { preinstall: 'touch script-ran' } })

test('dependencies are installed once, outside of the checkout, without any script of theirs', async () => {
  const { run, directory, said } = await install('plain', { 'package.json': MANIFEST })
  const first = await run()
  assert.ok(first)
  assert.equal(await readFile(join(first, 'greet/index.js'), 'utf8'), "module.exports = 'hello'\n")
  assert.equal(await run(), first)
  assert.deepEqual(said, ['Installing the dependencies of functions/f (no package-lock.json: the newest that fit).'])
  await assert.rejects(access(join(directory, 'node_modules')))
  await assert.rejects(access(join(home, 'script-ran')))
})

test('a lock file is kept to', async () => {
  const lock = {
    name: 'f',
    lockfileVersion: 3,
    packages: {
      '': { name: 'f', dependencies: { greet: '^1.0.0' } },
      'node_modules/greet': {
        version: '1.0.0',
        resolved: `${registry.url}/greet.tgz`,
        integrity: integrityOf(Buffer.from('another')),
      },
    },
  }
  const { run } = await install('locked', { 'package.json': MANIFEST, 'package-lock.json': JSON.stringify(lock) })
  await assert.rejects(run(), (error: Error) => {
    assert.equal(error.name, 'UserError')
    assert.match(error.message, /The dependencies of functions\/f cannot be installed:\nnpm error code EINTEGRITY/)
    return true
  })
})

test("a hostile .npmrc reads nothing of our environment, no token of this machine's, and starts no program", async () => {
  const evil = [
    `registry=${registry.url}/\${SECRET}/\${HOME}/`,
    `//${new URL(registry.url).host}/:_authToken=\${SECRET}`,
    `git=${home}/evil.sh`,
    `script-shell=${home}/evil.sh`,
    'ignore-scripts=false',
    `userconfig=${home}/hostile/home/.npmrc`,
    `user-agent=\${SECRET}`,
    '; a comment',
  ]
  registry.asked.length = 0
  const { run } = await install('hostile', { 'package.json': MANIFEST, '.npmrc': evil.join('\n') })
  assert.ok(await run())
  const said = JSON.stringify(registry.asked)
  assert.match(said, /\/greet\.tgz/)
  assert.doesNotMatch(said, /hunter2|machine-token|SECRET|authorization/i)
  await assert.rejects(access(join(home, 'script-ran')))
})

test('what the checkout already has is not installed again', async () => {
  const { run, root } = await install('present', { 'package.json': MANIFEST })
  await write(root, { 'node_modules/greet/package.json': '{}' })
  assert.equal(await run(), undefined)
})

test('what only an installed workspace can resolve is said so, with the step to add', async () => {
  const local = await install('local', { 'package.json': JSON.stringify({ dependencies: { shared: 'file:../shared' } }) })
  const workspace = await install('workspace', { 'package.json': MANIFEST })
  await write(workspace.root, { 'package-lock.json': '{}' })
  for (const [{ run }, name] of [
    [local, 'shared'],
    [workspace, 'greet'],
  ] as const) {
    await assert.rejects(run(), {
      name: 'UserError',
      message: `functions/f depends on ${name}, which is not installed and is not to be had from package.json alone.`,
      cure: 'Add a step to the workflow before Mayfly: run: npm ci --ignore-scripts',
    })
  }
})

test('a package that is not to be had is named', async () => {
  const { run } = await install('missing', { 'package.json': JSON.stringify({ dependencies: { nope: '1' } }) })
  await assert.rejects(run(), /The dependencies of functions\/f cannot be installed:\nnpm error code E404/)
})

test('a file that is a link out of the checkout is not read, nor quoted', async () => {
  for (const name of ['package-lock.json', '.npmrc']) {
    const { run, directory } = await install(`link${name}`, { 'package.json': MANIFEST })
    for (const target of [join(home, 'package-source/package/index.js'), '/dev/zero']) {
      await rm(join(directory, name), { force: true })
      await symlink(target, join(directory, name))
      await assert.rejects(run(), /leads to .* which is no file inside of/)
    }
  }
})
