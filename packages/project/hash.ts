import { createHash } from 'node:crypto'

/** Independent of the order in which keys were written. */
export function hashOf(value: unknown): string {
  const sorted = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
  return createHash('sha256').update(sorted).digest('hex').slice(0, 16)
}
