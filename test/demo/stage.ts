import { globSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { command, previewId, UserError } from '@mayfly/core'
import { ownerOf } from '@mayfly/environment'
import { type GitHub, startGitHub } from '../github/server.ts'
import { type RunningRegistry, startRegistry } from '../registry/registry.ts'
import { visit } from '../visit.ts'
import { answers, type Preview } from './remains.ts'

const root = join(import.meta.dirname, '..', '..')

/** Always the same where it is free, so that a demo finds what an earlier one, killed, left under its name. */
const STAND_IN_PORT = 18790

export interface Stage {
  github: GitHub
  /** `owner/name`. */
  repository: string
  preview: Preview
  registry: RunningRegistry
}

/** Starts the GitHub of the demo. Beside another demo it has a port and a repository of its own. */
export async function openStage(): Promise<Stage> {
  const alone = !(await answers(STAND_IN_PORT))
  const github = await startGitHub(alone ? { port: STAND_IN_PORT } : {})
  const repository = alone ? 'demo/shop' : `demo/shop${process.pid}`
  const registry = await startRegistry()
  return {
    github,
    repository,
    registry,
    preview: { owner: ownerOf(new URL(github.url).host, repository), id: previewId(repository, 1) },
  }
}

/** `localhost`, where port 80 is free or the gateway's already; otherwise `localhost:<free port>`. */
export async function chooseDomain(): Promise<string> {
  if (!(await answers(80))) return 'localhost'
  const said = await visit('http://no-such-preview.localhost/').catch(() => undefined)
  if (said?.status === 404 && said.body.includes('no preview here')) return 'localhost'
  return `localhost:${await freePort()}`
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, () => {
      const address = server.address()
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

/** Whether the bundle that GitHub would run is missing, or older than what it is made of. */
export function bundleIsOld(): boolean {
  const built = statSync(join(root, 'dist', 'mayfly.mjs'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = globSync('{packages,actions}/*/**/*.ts', { cwd: root, exclude: (name) => name === 'node_modules' })
  return sources.some((source) => !source.endsWith('.test.ts') && statSync(join(root, source)).mtimeMs > built)
}

/** @throws UserError with what the build said. */
export async function buildBundle(): Promise<void> {
  const env = { PATH: process.env.PATH ?? '' }
  const built = await command([process.execPath, join(root, 'scripts', 'build.ts')], { cwd: root, env })
  if (built.code !== 0) throw new UserError(`The action cannot be built:\n${built.stderr.trim()}`, { cure: 'Run npm run build.' })
}
