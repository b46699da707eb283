import { gunzipSync, gzipSync } from 'node:zlib'
import { formatDuration, LABEL, type Labels, parseDuration } from '@mayfly/core'
import type { Observed, Volume } from '@mayfly/engine'
import type { ComposeModel } from '@mayfly/project'
import { labelsOf, type Target } from './target.ts'

/**
 * A deployment that ended well. Labels of a running container cannot change, so what differs from one deployment to
 * the next is written on an empty volume of its own: the newest one is the environment's record.
 */
export interface DeploymentRecord {
  revision: string
  deployedAt: Date
  /** Milliseconds; undefined: never expires. */
  ttl: number | undefined
  run: string
  /** What was deployed, to put back if the next deployment fails. */
  model: ComposeModel | undefined
}

export function recordName(target: Target, deployedAt: Date): string {
  return `${target.id}_mayfly-record-${deployedAt.getTime().toString(36)}`
}

export function recordLabels(target: Target, record: DeploymentRecord): Labels {
  return {
    ...labelsOf(target),
    [LABEL.role]: 'record',
    [LABEL.revision]: record.revision,
    [LABEL.deployedAt]: record.deployedAt.toISOString(),
    [LABEL.ttl]: record.ttl === undefined ? '' : formatDuration(record.ttl),
    [LABEL.run]: record.run,
    [LABEL.model]: record.model === undefined ? '' : gzipSync(JSON.stringify(record.model)).toString('base64'),
  }
}

/** Every record of one environment, the newest first. */
export function recordsOf(observed: Observed): { volume: Volume; record: DeploymentRecord }[] {
  return observed.volumes
    .filter((volume) => volume.labels[LABEL.role] === 'record')
    .map((volume) => ({ volume, record: readRecord(volume) }))
    .sort((a, b) => b.record.deployedAt.getTime() - a.record.deployedAt.getTime())
}

/** @throws where a label cannot be read: what nobody understands is nobody's to delete. */
function readRecord(volume: Volume): DeploymentRecord {
  const deployedAt = new Date(volume.labels[LABEL.deployedAt] ?? '')
  if (Number.isNaN(deployedAt.getTime())) throw new Error(`The record ${volume.name} has no readable ${LABEL.deployedAt}.`)
  const ttl = volume.labels[LABEL.ttl] ?? ''
  return {
    revision: volume.labels[LABEL.revision] ?? '',
    deployedAt,
    ttl: ttl === '' ? undefined : parseDuration(ttl, `${LABEL.ttl} of ${volume.name}`),
    run: volume.labels[LABEL.run] ?? '',
    model: readModel(volume.labels[LABEL.model] ?? ''),
  }
}

function readModel(text: string): ComposeModel | undefined {
  if (text === '') return undefined
  const model: unknown = JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString('utf8'))
  return isModel(model) ? model : undefined
}

function isModel(value: unknown): value is ComposeModel {
  return typeof value === 'object' && value !== null && 'services' in value && typeof value.services === 'object'
}
