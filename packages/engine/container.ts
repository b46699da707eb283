import type { Labels } from '@mayfly/core'
import { docker, type Engine, statusOf } from './connect.ts'
import { removeContainer } from './remove.ts'

/** A container that Mayfly itself runs on a host (the gateway). */
export interface HostContainer {
  name: string
  image: string
  command: string[]
  labels: Labels
  environment: Readonly<Record<string, string>>
  /** `volume:/path` pairs. */
  volumes: string[]
  /** Linux capabilities that are kept; every other is dropped. */
  capabilities: string[]
}

/**
 * Makes sure that a container of this name runs on the host's own network, and returns its id.
 * Level-triggered: one that was stopped is started, one from another definition (its labels say) is replaced.
 */
export async function ensureHostContainer(engine: Engine, wanted: HostContainer): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const found = await inspect(engine, wanted.name)
    if (found !== undefined) {
      const same = Object.entries(wanted.labels).every(([key, value]) => found.Config.Labels?.[key] === value)
      if (same && found.State.Running) return found.Id
      if (same) {
        await start(engine, found.Id)
        return found.Id
      }
      await removeContainer(engine, found.Id)
    }
    try {
      const created = await engine.api.createContainer({
        name: wanted.name,
        Image: wanted.image,
        Cmd: wanted.command,
        Env: Object.entries(wanted.environment).map(([key, value]) => `${key}=${value}`),
        Labels: { ...wanted.labels },
        HostConfig: {
          NetworkMode: 'host',
          Binds: wanted.volumes,
          RestartPolicy: { Name: 'always' },
          CapDrop: ['ALL'],
          CapAdd: wanted.capabilities,
          SecurityOpt: ['no-new-privileges'],
          LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
        },
      })
      await start(engine, created.id)
      return created.id
    } catch (error) {
      // 409: another run creates it at this moment. It has the name at once, but can be looked at only a moment later.
      if (statusOf(error) !== 409 || attempt >= 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
  }
}

async function start(engine: Engine, id: string): Promise<void> {
  try {
    await engine.api.getContainer(id).start()
  } catch (error) {
    // 304: another run started it first.
    if (statusOf(error) !== 304) throw error
  }
}

/** `failing`: it ends as soon as it is started, and the engine starts it again and again. */
export interface HostContainerState {
  state: 'running' | 'stopped' | 'failing'
  /** The image's own labels too. */
  labels: Labels
}

/** How a host container is; undefined where there is none of that name. */
export async function findHostContainer(engine: Engine, name: string): Promise<HostContainerState | undefined> {
  const found = await inspect(engine, name)
  if (found === undefined) return undefined
  const state = found.State.Restarting ? 'failing' : found.State.Running ? 'running' : 'stopped'
  return { state, labels: found.Config.Labels ?? {} }
}

async function inspect(engine: Engine, name: string) {
  try {
    return await engine.api.getContainer(name).inspect()
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

/** Runs a program inside a container, with `input` on its standard input. */
export function execute(engine: Engine, container: string, argv: readonly string[], input?: string) {
  return docker(
    engine,
    ['exec', ...(input === undefined ? [] : ['--interactive']), container, ...argv],
    input === undefined ? {} : { input },
  )
}

/** The last `tail` lines of what a container wrote, both streams in order. Hostile text. */
export async function lastLogs(engine: Engine, container: string, tail: number): Promise<string> {
  const result = await docker(engine, ['logs', '--tail', String(tail), container])
  return mergeStreams(result.stdout, result.stderr)
}

/**
 * What a container wrote since a moment, both streams, each line with its time in front (RFC 3339); at most the last
 * `most` lines. Hostile text.
 */
export async function logsSince(engine: Engine, container: string, since: Date, most: number): Promise<string> {
  const result = await docker(engine, ['logs', '--timestamps', '--since', since.toISOString(), '--tail', String(most), container])
  return `${result.stdout}${result.stderr}`
}

/** Follows what a container writes, line by line, until it ends or `signal` aborts. */
export async function followLogs(
  engine: Engine,
  container: string,
  tail: number,
  onLine: (line: string) => void,
  signal?: AbortSignal,
) {
  await docker(engine, ['logs', '--follow', '--tail', String(tail), container], {
    onLine,
    stdoutLines: true,
    ...(signal ? { signal } : {}),
  })
}

/** What the last health checks printed; empty where there is no health check. Hostile text. */
export async function healthOutput(engine: Engine, container: string): Promise<string> {
  const found = await inspect(engine, container)
  const checks = found?.State.Health?.Log ?? []
  return checks
    .slice(-2)
    .map((check) => `health check ended with ${check.ExitCode}: ${check.Output.trim()}`)
    .join('\n')
}

/** The docker command separates the two streams; a reader of a failure wants the error stream last. */
function mergeStreams(stdout: string, stderr: string): string {
  return [stdout, stderr]
    .map((text) => text.trimEnd())
    .filter((text) => text !== '')
    .join('\n')
}

/** A file of a container, at most a few megabytes, through the archive call: cheaper than starting a program inside. */
export async function readContainerFile(
  engine: Engine,
  container: string,
  path: string,
): Promise<{ content: string } | 'no such container' | 'no such file'> {
  try {
    const stream = await engine.api.getContainer(container).getArchive({ path })
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(Buffer.from(chunk))
    return { content: firstFile(Buffer.concat(chunks)) }
  } catch (error) {
    if (statusOf(error) !== 404) throw error
    return (await inspect(engine, container)) === undefined ? 'no such container' : 'no such file'
  }
}

/** The first regular file of a tar archive (POSIX ustar: 512-byte headers, the size in octal at 124, the type at 156). */
function firstFile(archive: Buffer): string {
  for (let at = 0; at + 512 <= archive.length; ) {
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 136), 8) || 0
    const type = archive.toString('latin1', at + 156, at + 157)
    if (type === '0' || type === '\0') return archive.toString('utf8', at + 512, at + 512 + size)
    at += 512 + Math.ceil(size / 512) * 512
  }
  return ''
}
