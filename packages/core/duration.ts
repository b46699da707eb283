import { UserError } from './errors.ts'

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/**
 * Reads `90s`, `30m`, `12h`, `7d`, `2w` (and sums such as `1d12h`) as milliseconds.
 * Anything else is refused by name: a TTL that is silently read as "never" leaks.
 */
export function parseDuration(text: string, field: string): number {
  const trimmed = text.trim()
  if (!/^(\d+[smhdw])+$/.test(trimmed)) {
    throw new UserError(`${field} is "${text}", which is not a duration.`, {
      cure: 'Write a number and a unit, such as 30m, 12h, 7d or 2w.',
    })
  }
  let total = 0
  for (const [, count, unit] of trimmed.matchAll(/(\d+)([smhdw])/g)) total += Number(count) * UNITS[unit as keyof typeof UNITS]
  if (total <= 0 || !Number.isSafeInteger(total)) {
    throw new UserError(`${field} is "${text}"; it must be longer than nothing and shorter than for ever.`)
  }
  return total
}

/** The shortest text that `parseDuration` reads as the same number of milliseconds (whole seconds). */
export function formatDuration(ms: number): string {
  let rest = Math.max(1000, Math.round(ms / 1000) * 1000)
  let text = ''
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const count = Math.floor(rest / UNITS[unit])
    if (count > 0) text += `${count}${unit}`
    rest -= count * UNITS[unit]
  }
  return text
}
