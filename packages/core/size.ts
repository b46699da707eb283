import { UserError } from './errors.ts'

const UNITS: Record<string, number> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** Reads `512m`, `1.5g`, `64kb` or plain bytes the way Compose does, as bytes. */
export function parseBytes(text: string, field: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([bkmg]?)b?$/i.exec(text.trim())
  const bytes = match ? Math.floor(Number(match[1]) * (UNITS[(match[2] ?? '').toLowerCase()] ?? Number.NaN)) : Number.NaN
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new UserError(`${field} is "${text}", which is not a size.`, { cure: 'Write a number and a unit, such as 256m or 1g.' })
  }
  return bytes
}
