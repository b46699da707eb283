import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { command } from '@mayfly/core'
import { readV8, type V8Read } from '@mayfly/coverage'
import { type Answers, answersTo, type HookFile, type HookRequest, hookFile, hookRequest, readHookFiles } from '@mayfly/measure'

const PATIENCE = 30_000

/** A container that runs a program under the hook, as a preview's service would. */
export interface Hooked {
  container: string
  docker: (...argv: string[]) => Promise<string>
  ask: (request: HookRequest) => Promise<void>
  /** All that is in the service's folder, also of a container that has ended. */
  files: () => Promise<HookFile[]>
  /** Looks until `holds` says something. */
  until: <T>(holds: (files: HookFile[]) => T | undefined) => Promise<T>
  coverage: () => Promise<V8Read>
}

let started = 0

/** Starts `argv` of node:24-slim in `/app` with these files. Ends with the test's `after`. */
export async function startHooked(
  after: (end: () => Promise<void>) => void,
  files: Record<string, string>,
  argv: readonly string[],
  flags: readonly string[] = [],
): Promise<Hooked> {
  const name = `mayfly-hook-test-${process.pid}-${++started}`
  const folder = await mkdtemp(join(tmpdir(), `${name}-`))
  after(async () => {
    await command(['docker', 'rm', '--force', '--volumes', name, `${name}-seed`], dockerOptions)
    await command(['docker', 'volume', 'rm', '--force', name], dockerOptions)
    await rm(folder, { recursive: true, force: true })
  })
  await seed(name, folder)
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, 'app', path)), { recursive: true })
    await writeFile(join(folder, 'app', path), text)
  }
  const mounts = ['--volume', `${name}:/mayfly`, '--volume', `${join(folder, 'app')}:/app:ro`, '--workdir', '/app']
  const measured = ['--env', 'NODE_OPTIONS=--require=/mayfly/hook.cjs', '--env', 'MAYFLY_MEASURE=/mayfly/out/api']
  await docker('run', '--detach', '--name', name, ...mounts, ...measured, ...flags, 'node:24-slim', ...argv)
  const read = () => readFolder(name, folder)
  return {
    container: name,
    docker,
    files: read,
    async ask(request) {
      await writeFile(join(folder, 'request.json'), hookRequest(request))
      await docker('cp', join(folder, 'request.json'), `${name}:/mayfly/out/api/request.json`)
    },
    async until(holds) {
      const deadline = Date.now() + PATIENCE
      for (;;) {
        const files = await read()
        const found = holds(files)
        if (found !== undefined) return found
        if (Date.now() > deadline) throw new Error(`It never came; there are ${files.map((file) => file.name).join(' ')}.`)
        await pause(100)
      }
    },
    async coverage() {
      const { dumps, scripts } = readHookFiles(await read())
      return readV8(dumps, scripts, {
        toRepository: (path) => (path.startsWith('/app/') ? path.slice('/app/'.length) : undefined),
        readSource: (path) => files[path],
      })
    },
  }
}

/** The volume as the runner fills it: the hook for all to read, a folder that any user may write to. */
async function seed(name: string, folder: string): Promise<void> {
  await mkdir(join(folder, 'volume', 'out', 'api'), { recursive: true })
  await chmod(join(folder, 'volume', 'out', 'api'), 0o1777)
  await cp(hookFile(), join(folder, 'volume', 'hook.cjs'))
  await chmod(join(folder, 'volume', 'hook.cjs'), 0o644)
  await docker('create', '--name', `${name}-seed`, '--volume', `${name}:/mayfly`, 'node:24-slim', 'true')
  await docker('cp', `${join(folder, 'volume')}/.`, `${name}-seed:/mayfly`)
}

async function readFolder(name: string, folder: string): Promise<HookFile[]> {
  const copy = await mkdtemp(join(folder, 'copy-'))
  await docker('cp', `${name}:/mayfly/out/api/.`, copy)
  const names = await readdir(copy)
  return Promise.all(names.map(async (file) => ({ name: file, text: await readFile(join(copy, file), 'utf8') })))
}

/** Who answered, as soon as all have. */
export function allAnswered(id: string): (files: HookFile[]) => Answers['answered'] | undefined {
  return (files) => {
    const { answered, waiting } = answersTo(files, id)
    return answered.length > 0 && waiting.length === 0 ? answered : undefined
  }
}

const dockerOptions = { env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' } }

async function docker(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await command(['docker', ...argv], dockerOptions)
  if (code !== 0) throw new Error(`docker ${argv[0]}: ${stderr}`)
  return stdout.trim()
}
