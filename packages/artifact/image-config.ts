import type { Labels } from '@mayfly/core'
import { type ImageManifest, parseConfig } from '@mayfly/oci'
import { type Registry, readBlob } from '@mayfly/registry'

/** The labels in an image's configuration. */
export async function readLabels(registry: Registry, repository: string, { config }: ImageManifest): Promise<Labels> {
  return parseConfig(await readBlob(registry, repository, config)).config?.Labels ?? {}
}

/** TCP ports that an image exposes, lowest first. */
export async function readPorts(registry: Registry, repository: string, { config }: ImageManifest): Promise<number[]> {
  const exposed = parseConfig(await readBlob(registry, repository, config)).config?.ExposedPorts ?? {}
  const ports = Object.keys(exposed).flatMap((port) => (/^\d+\/tcp$/.test(port) ? [Number.parseInt(port, 10)] : []))
  return ports.sort((a, b) => a - b)
}
