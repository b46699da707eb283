import type { Engine } from './connect.ts'

/**
 * Where an engine keeps its images. `classic`: an image's id is its configuration's digest, and no manifest is kept.
 * `containerd` (the default since Engine 29): the id is the manifest's digest.
 */
export type ImageStore = 'classic' | 'containerd'

const known = new WeakMap<Engine, Promise<ImageStore>>()

/** Asked once for each connection: an engine changes its store only by a restart. */
export function imageStore(engine: Engine): Promise<ImageStore> {
  const store = known.get(engine) ?? ask(engine)
  known.set(engine, store)
  store.catch(() => known.delete(engine))
  return store
}

/** docs.docker.com, "containerd image store": the driver's status names the snapshotter where there is one. */
async function ask(engine: Engine): Promise<ImageStore> {
  const info: unknown = await engine.api.info()
  const status: unknown = typeof info === 'object' && info !== null ? Reflect.get(info, 'DriverStatus') : undefined
  const lines = Array.isArray(status) ? status : []
  return lines.some((line) => Array.isArray(line) && line[0] === 'driver-type' && String(line[1]).startsWith('io.containerd.'))
    ? 'containerd'
    : 'classic'
}
