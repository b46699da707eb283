import { Readable } from 'node:stream'
import { type Labels, UserError } from '@mayfly/core'
import { type Engine, statusOf } from './connect.ts'

/** Unpacks an archive (tar) into a folder of a container, running or not. The folder must be there. */
export async function putFiles(engine: Engine, container: string, folder: string, archive: Buffer): Promise<void> {
  await engine.api.getContainer(container).putArchive(archive, { path: folder })
}

/**
 * A file or folder of a container, running or not, as an archive (tar); undefined where it is not there.
 * Its content is hostile.
 */
export async function getFiles(engine: Engine, container: string, path: string): Promise<Readable | undefined> {
  try {
    const archive = await engine.api.getContainer(container).getArchive({ path })
    return archive instanceof Readable ? archive : Readable.from(archive)
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

/**
 * A container that is made but never started, so that what is in a volume can be written and read while whoever else
 * uses it comes and goes. One of this name that is there already is replaced.
 * @param image any image that is on the engine: nothing of it runs.
 */
export async function holdVolume(
  engine: Engine,
  { name, image, volume, path, labels }: { name: string; image: string; volume: string; path: string; labels: Labels },
): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      const created = await engine.api.createContainer({
        name,
        Image: image,
        Cmd: ['true'],
        Labels: { ...labels },
        HostConfig: { Binds: [`${volume}:${path}`], NetworkMode: 'none' },
      })
      return created.id
    } catch (error) {
      if (statusOf(error) === 404)
        throw new UserError(`The image ${image} is not on the engine any more.`, { cure: 'Run this again.' })
      if (statusOf(error) !== 409 || attempt >= 3) throw error
      await engine.api
        .getContainer(name)
        .remove({ force: true })
        .catch((gone: unknown) => {
          if (statusOf(gone) !== 404 && statusOf(gone) !== 409) throw gone
        })
    }
  }
}

/** What the engine knows of one container. Times are by its own clock. */
export interface ContainerFacts {
  startedAt: Date
  /** The end of the first of its last checks that passed; undefined where it has no health check. */
  healthyAt: Date | undefined
  /** How often the engine started it again by itself. */
  restarts: number
  workingDirectory: string
  /** Its own and the image's. */
  environment: Readonly<Record<string, string>>
  running: boolean
}

/** Undefined where there is no such container. */
export async function containerFacts(engine: Engine, container: string): Promise<ContainerFacts | undefined> {
  try {
    const { State, RestartCount, Config } = await engine.api.getContainer(container).inspect()
    const passed = (State.Health?.Log ?? []).find((check) => check.ExitCode === 0)
    return {
      startedAt: new Date(State.StartedAt),
      healthyAt: passed === undefined ? undefined : new Date(String(passed.End)),
      restarts: RestartCount ?? 0,
      workingDirectory: Config.WorkingDir ?? '',
      environment: Object.fromEntries((Config.Env ?? []).map((pair) => [pair.replace(/=.*/s, ''), pair.replace(/^[^=]*=/, '')])),
      running: State.Running,
    }
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

/** Ends a container at once and keeps it, so that its files can still be read; one that has ended is left as it is. */
export async function stopContainer(engine: Engine, container: string): Promise<void> {
  try {
    await engine.api.getContainer(container).kill()
  } catch (error) {
    // 409: it does not run.
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error
  }
}
