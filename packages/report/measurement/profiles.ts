import type { Frame, Measurement, ProfileMeasured } from '@mayfly/core'
import { code } from '../text.ts'
import type { Level } from './level.ts'
import { anchor, fileUrl, isInside } from './links.ts'
import { percent } from './percent.ts'

/** Frames looked at: a call tree from elsewhere may be as large as it likes. */
const FRAMES = 200_000

interface Hot {
  frame: Frame
  self: number
}

/** One line for each profile: where it spends most, in functions that have a name. */
export function renderProfiles(measurement: Measurement, level: Level): string {
  const lines = measurement.profiles.slice(0, level.rows).flatMap((profile) => {
    const hot = hottest(profile)
    if (hot === undefined) return []
    const share = percent({ covered: hot.self, total: profile.root.total })
    const what = profile.kind === 'cpu' ? 'CPU' : 'memory'
    return [`- ${code(profile.service, 80)}, ${what}: hottest is ${place(measurement, hot.frame)}, ${share}`]
  })
  return lines.join('\n')
}

function place(measurement: Measurement, { name, file, line }: Frame): string {
  const url = isOwn(file) ? fileUrl(measurement, file, [line, line]) : undefined
  const where = file === '' ? '' : ` (${anchor(code(`${file}:${line}`), url)})`
  return `${code(name === '' ? '(anonymous)' : name, 80)}${where}`
}

/** The function with most of its own, wherever in the tree it was called from; undefined where nothing was sampled. */
export function hottest({ root }: ProfileMeasured): Hot | undefined {
  if (!(root.total > 0)) return undefined
  const own = new Map<string, Hot>()
  const waiting = [root]
  for (let seen = 0; seen < FRAMES; seen++) {
    const frame = waiting.pop()
    if (frame === undefined) break
    for (const child of frame.children) waiting.push(child)
    // V8's own: not running, running no JavaScript, collecting garbage.
    if (/^\((root|program|idle|garbage collector)\)$/.test(frame.name)) continue
    const key = `${frame.name}\0${frame.file}\0${frame.line}`
    own.set(key, { frame, self: (own.get(key)?.self ?? 0) + frame.self })
  }
  const all = [...own.values()]
  // What a reviewer can change comes first; where nothing of it was seen, what Node or a package did.
  return heaviest(all.filter(({ frame }) => isOwn(frame.file))) ?? heaviest(all)
}

function heaviest(all: readonly Hot[]): Hot | undefined {
  return all.reduce<Hot | undefined>((most, hot) => (hot.self > (most?.self ?? 0) ? hot : most), undefined)
}

/** A file of the repository, not what runs it: Node's own modules and packages keep the names that the engine has for them. */
function isOwn(file: string): boolean {
  return isInside(file) && !file.startsWith('node:') && !file.split('/').includes('node_modules')
}
