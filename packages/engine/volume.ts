import type { Labels } from '@mayfly/core'
import type { Engine } from './connect.ts'

/** Creates an empty volume; one of that name that is there already is kept. */
export async function createVolume(engine: Engine, name: string, labels: Labels): Promise<void> {
  await engine.api.createVolume({ Name: name, Driver: 'local', Labels: { ...labels } })
}
