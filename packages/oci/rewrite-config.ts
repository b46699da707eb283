import { timestamp } from './assemble.ts'
import type { ImageConfig } from './types.ts'

/** What builders and engines leave in a configuration that says where and when it was built, and nothing of the image. */
const LEFTOVERS = ['container', 'container_config', 'docker_version', 'id', 'parent']
const RUN_LEFTOVERS = ['Hostname', 'Domainname', 'Image']

/**
 * How many of the lowest layers a build found there already. BuildKit dates each step of its own by SOURCE_DATE_EPOCH and
 * leaves its base's history as it is, so the same configuration always gives the same answer, whatever an engine knows.
 * @param epoch seconds since 1970.
 * @returns 0 where the history does not tell: every layer may then be the build's own.
 */
export function countBaseLayers(config: ImageConfig, epoch: number): number {
  const history = config.history ?? []
  const at = new Date(epoch * 1000).getTime()
  const isOwn = ({ created }: { created?: string }) => created !== undefined && Date.parse(created) === at
  const last = history.findLastIndex((step) => !isOwn(step))
  if (history.length === 0 || last === history.length - 1) return 0
  const own = history.slice(last + 1).filter((step) => step.empty_layer !== true).length
  return Math.max(0, config.rootfs.diff_ids.length - own)
}

/**
 * The configuration of the same image on other layers, with no time in it after `epoch` and nothing of the machine that
 * built it. All else stays, in its order.
 */
export function rewriteConfig(bytes: Buffer, diffIds: readonly string[], epoch: number): Buffer {
  const config = parseConfig(bytes)
  const latest = timestamp(new Date(epoch * 1000))
  const clamped = (created: string | undefined) =>
    created !== undefined && Date.parse(created) <= epoch * 1000 ? created : latest
  const { config: run, ...rest } = config
  const rewritten = {
    ...without(rest, LEFTOVERS),
    created: clamped(config.created),
    ...(run === undefined ? {} : { config: without(run, RUN_LEFTOVERS) }),
    rootfs: { type: 'layers', diff_ids: [...diffIds] },
    ...(config.history === undefined
      ? {}
      : { history: config.history.map((step) => ({ ...step, created: clamped(step.created) })) }),
  }
  return Buffer.from(JSON.stringify(rewritten))
}

/** @throws where it is not what describes an image. */
export function parseConfig(bytes: Uint8Array): ImageConfig {
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
  if (!isConfig(value)) throw new Error('This is not the configuration of an image.')
  return value
}

function isConfig(value: unknown): value is ImageConfig {
  const rootfs = fieldOf(value, 'rootfs')
  const diffIds = fieldOf(rootfs, 'diff_ids')
  return Array.isArray(diffIds) && diffIds.every((id) => typeof id === 'string' && /^sha256:[0-9a-f]{64}$/.test(id))
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function without(value: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
}
