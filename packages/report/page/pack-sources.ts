import { deflateRawSync } from 'node:zlib'
import type { FileMeasured } from '@mayfly/core'
import { isInside } from '../measured.ts'
import { BUDGET } from './budget.ts'

/** Code of files: `chunks` are deflated JSON arrays of texts, in base64; `places` says where a path's text is. */
export interface Packed {
  chunks: string[]
  places: Map<string, [chunk: number, at: number]>
  /** Files whose code is left out to keep the page small. */
  leftOut: number
  /** Files whose code is not known. */
  unknown: number
}

/** Packs what a reviewer looks at first: changed files, then those with most lines missed, until the budget is used up. */
export function packSources(files: readonly FileMeasured[], source: (path: string) => string | undefined): Packed {
  const packed: Packed = { chunks: [], places: new Map(), leftOut: 0, unknown: 0 }
  const known = new Map<string, [number, number]>()
  let texts: string[] = []
  let [room, roomPacked, pending] = [BUDGET.source, BUDGET.packed, 0]
  const close = () => {
    if (texts.length === 0) return
    // The fastest level: it is read once, and a page of this size is a quarter larger for half the time.
    const chunk = deflateRawSync(JSON.stringify(texts), { level: 3 }).toString('base64')
    roomPacked -= chunk.length
    packed.chunks.push(chunk)
    texts = []
    pending = 0
  }
  for (const { path } of files.toSorted(byNeed)) {
    // Nothing is read any more once nothing would fit.
    if (room <= 0 || roomPacked <= 0) {
      packed.leftOut++
      continue
    }
    const text = isInside(path) ? source(path) : undefined
    if (text === undefined) packed.unknown++
    else if (text.length > BUDGET.file || text.length > room) packed.leftOut++
    else {
      let place = known.get(text)
      if (place === undefined) {
        place = [packed.chunks.length, texts.push(text) - 1]
        known.set(text, place)
        room -= text.length
        pending += text.length
      }
      packed.places.set(path, place)
      if (pending >= BUDGET.chunk) close()
    }
  }
  close()
  return packed
}

function byNeed(a: FileMeasured, b: FileMeasured): number {
  const changed = Number(b.patch !== undefined) - Number(a.patch !== undefined)
  return changed || b.lines.total - b.lines.covered - (a.lines.total - a.lines.covered)
}
