import { parseBytes } from '@mayfly/core'
import type { ComposeService } from './model.ts'

/** What one container may use. */
export interface Limits {
  /** Bytes. */
  memory: number
  /** Processors; fractions are fine. */
  cpus: number
  pids: number
}

/** Sets the limits of a service: what it asks for, or less where that is more than a preview gets. Says so in `notices`. */
export function limit(service: ComposeService, limits: Limits, notices: string[], name: string): void {
  const declared = service.deploy?.resources?.limits ?? {}
  const memory = smallest(limits.memory, bytes(declared.memory), bytes(service.mem_limit))
  const cpus = smallest(limits.cpus, number(declared.cpus), number(service.cpus))
  const pids = smallest(limits.pids, number(declared.pids), number(service.pids_limit))
  for (const [what, wanted, given] of [
    ['memory', bytes(declared.memory ?? service.mem_limit), memory],
    ['cpus', number(declared.cpus ?? service.cpus), cpus],
    ['pids', number(declared.pids ?? service.pids_limit), pids],
  ] as const) {
    if (wanted !== undefined && wanted > given)
      notices.push(`${name}: ${what} is limited to ${given}; the file asks for ${wanted}.`)
  }
  for (const key of ['mem_limit', 'memswap_limit', 'mem_reservation', 'mem_swappiness', 'cpus', 'pids_limit']) delete service[key]
  service.deploy = { ...service.deploy, resources: { limits: { cpus: String(cpus), memory: String(memory), pids } } }
}

function smallest(limit: number, ...declared: (number | undefined)[]): number {
  return Math.min(limit, ...declared.flatMap((value) => (value === undefined || value <= 0 ? [] : [value])))
}

function bytes(value: unknown): number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? parseBytes(String(value), 'memory limit') : undefined
}

function number(value: unknown): number | undefined {
  const parsed = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN
  return Number.isFinite(parsed) ? parsed : undefined
}
