/** Places, four bytes each: enough for some hundred files, and not much where there is one. */
const PIECE = 65_536

/**
 * Gives lists of places for lines, zero at first, that lie together in pieces of memory: V8 keeps a record of each piece, and
 * one for each of thousands of files is larger than the lines in it.
 */
export function lineRoom(): (length: number) => Uint32Array {
  let piece = new Uint32Array(0)
  let used = 0
  return (length) => {
    if (length > PIECE / 16) return new Uint32Array(length)
    if (used + length > piece.length) [piece, used] = [new Uint32Array(PIECE), 0]
    used += length
    return piece.subarray(used - length, used)
  }
}
