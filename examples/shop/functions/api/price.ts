/** `4900` as `49.00 €`. */
export function price(cents: number): string {
  return `${(cents / 100).toFixed(2)} €`
}
