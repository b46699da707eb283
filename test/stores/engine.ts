import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { command } from '@mayfly/core'
import { connectEngine, type Engine, loadStream, saveImage } from '@mayfly/engine'

/** An engine of its own, beside the machine's, that keeps its images in containerd's store. */
export interface SecondEngine {
  engine: Engine
  /** As DOCKER_HOST knows it. */
  host: string
  /** Gives it an image of another engine. */
  bring(from: Engine, image: string): Promise<void>
  stop(): Promise<void>
}

/** Where the machine's own places are not what an engine can put its layers on, the last one is taken and copied on. */
const PLACES = ['/var/tmp', '/var/lib', tmpdir()]
/** statfs(2): the file system of a container, on which there can be no second one of its kind. */
const OVERLAY = 0x794c7630

/** Why there can be none here; undefined where there can. */
export function whyNoSecondEngine(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'a second engine needs Linux and root'
  return ['dockerd', 'containerd'].every(isInstalled) ? undefined : 'dockerd and containerd are not installed here'
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/**
 * Starts it with everything of its own and no network, so that the machine's engine does not notice: builds and containers
 * on it have to ask for none.
 */
export async function startContainerdEngine(): Promise<SecondEngine> {
  const { place, driver } = await findPlace()
  const folder = await mkdtemp(join(place, 'mayfly-engine-'))
  const host = `unix://${folder}/engine.sock`
  await writeFile(join(folder, 'daemon.json'), JSON.stringify({ features: { 'containerd-snapshotter': true } }))
  const own = ['--data-root', `${folder}/data`, '--exec-root', `${folder}/run`, '--pidfile', `${folder}/pid`, '--host', host]
  const quiet = ['--config-file', `${folder}/daemon.json`, '--iptables=false', '--ip6tables=false']
  // An engine that is told to have no bridge removes docker0, which is the other engine's: it gets one that it leaves alone.
  const bridge = `mfs${process.pid}`
  await ip('link', 'add', bridge, 'type', 'bridge')
  await ip('addr', 'add', '169.254.77.1/30', 'dev', bridge)
  const child = spawn('dockerd', [...own, ...quiet, '--bridge', bridge, '--storage-driver', driver], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'exit')
  const stop = async () => {
    child.kill()
    await ended
    await ip('link', 'delete', bridge)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await listening(child)
    const engine = await connectEngine({ host }, process.env)
    return {
      engine,
      host,
      bring: async (from, image) => loadStream(engine, await saveImage(from, image)),
      stop: async () => {
        await engine.close()
        await stop()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function ip(...args: string[]): Promise<void> {
  const { code, stderr } = await command(['ip', ...args], { env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } })
  if (code !== 0) throw new Error(stderr)
}

async function findPlace(): Promise<{ place: string; driver: string }> {
  for (const place of PLACES) {
    const type = (await statfs(place).catch(() => undefined))?.type
    if (type !== undefined && type !== OVERLAY) return { place, driver: 'overlayfs' }
  }
  return { place: tmpdir(), driver: 'native' }
}

/** Until it says so itself. */
function listening(child: ReturnType<typeof spawn>): Promise<void> {
  const said: string[] = []
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`dockerd ended with ${code}:\n${said.slice(-5).join('\n')}`)))
    if (child.stderr === null) return
    createInterface(child.stderr).on('line', (line) => {
      said.push(line)
      if (said.length > 50) said.shift()
      if (line.includes('API listen on')) resolve()
    })
  })
}
