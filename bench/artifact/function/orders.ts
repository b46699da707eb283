import { z } from 'zod'

const Line = z.object({ article: z.string(), cents: z.int().positive(), count: z.int().positive() })

export const Order = z.object({ customer: z.email(), lines: z.array(Line).min(1, 'An order has a line.') })

export function totalOf({ lines }: z.infer<typeof Order>): number {
  return lines.reduce((sum, { cents, count }) => sum + cents * count, 0)
}
