/** Of a line: how many of how many were taken. */
export interface Branches {
  readonly taken: number
  readonly total: number
}

const FEW = 8

/** One for each pair of small numbers: a repository has a hundred thousand lines with branches, and most say `1 of 2`. */
const SHARED: readonly Branches[] = Array.from({ length: FEW * FEW }, (_, at) => ({
  taken: at % FEW,
  total: Math.floor(at / FEW),
}))

export function sharedBranches(taken: number, total: number): Branches {
  const shared = taken < FEW && total < FEW ? SHARED[total * FEW + taken] : undefined
  return shared ?? { taken, total }
}
