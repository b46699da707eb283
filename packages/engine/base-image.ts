import type { Engine } from './connect.ts'
import { statusOf } from './connect.ts'

/** What an image that lies on another has to know of it. */
export interface BaseImage {
  id: string
  architecture: string
  os: string
  variant: string | undefined
  /** Digests of its layers before compression, the lowest first. */
  diffIds: string[]
  run: { Env?: string[]; User?: string; WorkingDir?: string; StopSignal?: string }
}

/** Undefined where the engine has no image of that name or id. */
export async function inspectBase(engine: Engine, reference: string): Promise<BaseImage | undefined> {
  try {
    const found = await engine.api.getImage(reference).inspect()
    const { Env, User, WorkingDir } = found.Config ?? {}
    const stop: unknown = Reflect.get(found.Config ?? {}, 'StopSignal')
    const variant: unknown = Reflect.get(found, 'Variant')
    return {
      id: found.Id,
      architecture: found.Architecture,
      os: found.Os,
      variant: typeof variant === 'string' && variant !== '' ? variant : undefined,
      diffIds: found.RootFS.Layers ?? [],
      run: {
        ...(Env == null ? {} : { Env }),
        ...(User ? { User } : {}),
        ...(WorkingDir ? { WorkingDir } : {}),
        ...(typeof stop === 'string' && stop !== '' ? { StopSignal: stop } : {}),
      },
    }
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}
