import { type Labels, type Log, UserError } from '@mayfly/core'
import { docker, type Engine, explainEngineError, statusOf } from './connect.ts'

export interface ImageFacts {
  /** `sha256:...`: the config's digest in the classic image store, the manifest's in containerd's. */
  id: string
  labels: Labels
  /** TCP ports that the image exposes, lowest first. */
  ports: number[]
  hasHealthcheck: boolean
  /** `repository@sha256:...` for each registry that is known to have it. */
  digests: string[]
}

/** What the engine knows of an image; undefined where it has none of that name or id. */
export async function inspectImage(engine: Engine, reference: string): Promise<ImageFacts | undefined> {
  try {
    const found = await engine.api.getImage(reference).inspect()
    const ports = Object.keys(found.Config?.ExposedPorts ?? {}).flatMap((port) =>
      /^\d+\/tcp$/.test(port) ? [Number.parseInt(port, 10)] : [],
    )
    const health = found.Config?.Healthcheck?.Test?.[0]
    return {
      id: found.Id,
      labels: found.Config?.Labels ?? {},
      ports: ports.sort((a, b) => a - b),
      hasHealthcheck: health !== undefined && health !== 'NONE',
      digests: found.RepoDigests ?? [],
    }
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

/** The image that carries all of these labels; undefined where there is none. Of several, the newest. */
export async function findImage(engine: Engine, labels: Labels): Promise<string | undefined> {
  const images = await engine.api.listImages({
    filters: { label: Object.entries(labels).map(([key, value]) => `${key}=${value}`) },
  })
  return images.sort((a, b) => b.Created - a.Created)[0]?.Id
}

/** Makes sure that the engine has this image; a missing one is pulled. */
export async function ensureImage(engine: Engine, reference: string, log: Log, platform?: string): Promise<ImageFacts> {
  const present = await inspectImage(engine, reference)
  if (present !== undefined) return present
  log.info(`Pulling ${reference}.`)
  const result = await docker(engine, ['pull', '--quiet', ...(platform ? ['--platform', platform] : []), '--', reference])
  if (result.code !== 0) {
    const said = result.stderr.trim().split('\n').at(-1) ?? ''
    throw (
      explainEngineError(said) ??
      new UserError(`The image ${reference} cannot be pulled: ${said}`, {
        cure: 'Check its name and tag; for a private registry log in first (docker/login-action).',
      })
    )
  }
  const pulled = await inspectImage(engine, reference)
  if (pulled === undefined)
    throw new UserError(`The image ${reference} was pulled and then removed by somebody else.`, { cure: 'Run this again.' })
  return pulled
}
