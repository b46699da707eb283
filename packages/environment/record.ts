import { gunzipSync, gzipSync } from 'node:zlib'
import { formatDuration, LABEL, type Labels, parseDuration } from '@mayfly/core'
import type { Observed, Volume } from '@mayfly/engine'
import type { ComposeModel, Isolated, Placed } from '@mayfly/project'
import { readNetworks, readPlaced } from './recorded.ts'
import { labelsOf, type Target } from './target.ts'

/**
 * A deployment that ended well. Labels of a running container cannot change, so what differs from one deployment to
 * the next is written on an empty volume of its own: the newest one is the environment's record, older ones its history.
 */
export interface DeploymentRecord {
  revision: string
  deployedAt: Date
  /** Milliseconds; undefined: never expires. */
  ttl: number | undefined
  run: string
  reason: Reason
  /** Who asked for it; empty where nobody is known. */
  by: string
  /** The pull request that it came from; undefined where none is known. */
  pullRequest: number | undefined
  /** What was placed; empty on records of a Mayfly that did not write it. */
  placed: readonly Placed[]
  /** What was deployed, to put back if the next deployment fails. */
  model: ComposeModel | undefined
  /** The networks that the model names; undefined on records of a Mayfly that did not write them. */
  networks: Isolated['networks'] | undefined
}

/** `automatic-rollback`: what came after it did not get healthy, and it was put back. */
export type Reason = (typeof REASONS)[number]

const REASONS = ['deploy', 'promote', 'rollback', 'automatic-rollback'] as const

/** Where the networks stand in the recorded model: Compose passes over every field that begins so. */
const NETWORKS = 'x-mayfly-networks'

export function recordName(target: Target, deployedAt: Date): string {
  return `${target.id}_mayfly-record-${deployedAt.getTime().toString(36)}`
}

export function recordLabels(target: Target, record: DeploymentRecord): Labels {
  const { model, networks, ttl } = record
  return {
    ...labelsOf(target),
    [LABEL.role]: 'record',
    [LABEL.revision]: record.revision,
    [LABEL.deployedAt]: record.deployedAt.toISOString(),
    [LABEL.ttl]: ttl === undefined ? '' : formatDuration(ttl),
    [LABEL.run]: record.run,
    [LABEL.reason]: record.reason,
    [LABEL.by]: record.by,
    [LABEL.fromPullRequest]: record.pullRequest === undefined ? '' : String(record.pullRequest),
    [LABEL.artifacts]: pack(record.placed),
    [LABEL.model]: model === undefined ? '' : pack(networks === undefined ? model : { ...model, [NETWORKS]: networks }),
  }
}

/** Every record of one environment, the newest first. */
export function recordsOf(observed: Pick<Observed, 'volumes'>): { volume: Volume; record: DeploymentRecord }[] {
  return observed.volumes
    .filter((volume) => volume.labels[LABEL.role] === 'record')
    .map((volume) => ({ volume, record: readRecord(volume) }))
    .sort((a, b) => b.record.deployedAt.getTime() - a.record.deployedAt.getTime())
}

/** @throws where a label cannot be read: what nobody understands is nobody's to delete. */
function readRecord(volume: Volume): DeploymentRecord {
  const { labels, name } = volume
  const deployedAt = new Date(labels[LABEL.deployedAt] ?? '')
  if (Number.isNaN(deployedAt.getTime())) throw new Error(`The record ${name} has no readable ${LABEL.deployedAt}.`)
  const ttl = labels[LABEL.ttl] ?? ''
  const pullRequest = Number(labels[LABEL.fromPullRequest])
  return {
    revision: labels[LABEL.revision] ?? '',
    deployedAt,
    ttl: ttl === '' ? undefined : parseDuration(ttl, `${LABEL.ttl} of ${name}`),
    run: labels[LABEL.run] ?? '',
    reason: REASONS.find((reason) => reason === labels[LABEL.reason]) ?? 'deploy',
    by: labels[LABEL.by] ?? '',
    pullRequest: Number.isInteger(pullRequest) && pullRequest > 0 ? pullRequest : undefined,
    placed: readPlaced(unpack(labels[LABEL.artifacts])),
    ...readModel(unpack(labels[LABEL.model])),
  }
}

function readModel(value: unknown): Pick<DeploymentRecord, 'model' | 'networks'> {
  if (!isModel(value)) return { model: undefined, networks: undefined }
  const { [NETWORKS]: networks, ...model } = value
  return { model, networks: readNetworks(networks) }
}

function isModel(value: unknown): value is ComposeModel {
  return typeof value === 'object' && value !== null && 'services' in value && typeof value.services === 'object'
}

function pack(value: unknown): string {
  return gzipSync(JSON.stringify(value)).toString('base64')
}

function unpack(text: string | undefined): unknown {
  return text === undefined || text === '' ? undefined : JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString('utf8'))
}
