import type { Frame, Measurement, ProfileMeasured } from '@mayfly/core'
import { percent, time } from '../measured.ts'
import { type Html, html, NOTHING, type Part } from './html.ts'
import { fileLink } from './links.ts'
import { section, table } from './parts.ts'
import { visibleLine } from './visible.ts'

/** Frames looked at: a call tree from elsewhere may be as large as it likes. */
const FRAMES = 200_000
const HOTTEST = 25
export const MOST_PROFILES = 20

/** Where each process spent its time: the hottest functions as a table, and a flame graph where scripts may run. */
export function renderProfiles(measurement: Measurement): Html {
  const profiles = measurement.profiles.slice(0, MOST_PROFILES)
  if (profiles.length === 0) return NOTHING
  const names = profiles.map(({ service, kind }) => `${visibleLine(service, 60)} ${kind === 'cpu' ? 'CPU' : 'heap'}`)
  return section(
    'profiles',
    'Profiles',
    names.join(', '),
    profiles.map((profile, at) => renderProfile(measurement, profile, at)),
  )
}

function renderProfile(measurement: Measurement, profile: ProfileMeasured, at: number): Html {
  const { service, kind, milliseconds, total, root } = profile
  const what =
    kind === 'cpu' ? `CPU, ${total} samples in ${time(milliseconds)}` : `heap, ${bytes(total)} sampled in ${time(milliseconds)}`
  const rows = hottestFunctions(root).map(({ frame, self, total: all }): Part[] => [
    html`<code>${visibleLine(frame.name || '(anonymous)', 120)}</code>`,
    place(measurement, frame),
    percent({ covered: self, total: root.total }),
    percent({ covered: Math.min(all, root.total), total: root.total }),
  ])
  const columns = [
    { title: 'Function' },
    { title: 'Where' },
    { title: 'Self', number: true },
    { title: 'With all it calls', number: true },
  ]
  return html`<div class="block profile"><h3>${visibleLine(service, 80)} <span class="count">${what}</span></h3>
<div class="flame only-script" data-profile="${at}"></div>
<details class="hottest"><summary>The hottest functions</summary><div class="folded">${table(`Hottest functions of ${visibleLine(service, 80)}`, columns, rows)}</div></details></div>
`
}

function place(measurement: Measurement, { file, line }: Frame): Html {
  if (file === '') return NOTHING
  return isForeign(file)
    ? html`<code class="path">${visibleLine(file, 200)}:${line}</code>`
    : fileLink(measurement, file, [line, line])
}

/** Node's own modules and packages keep the names that the engine has for them: the server does not show them. */
function isForeign(file: string): boolean {
  return file.includes(':') || file.split('/').includes('node_modules')
}

interface Hot {
  frame: Frame
  self: number
  total: number
}

/** Functions by what they took themselves. A function that calls itself is counted once in its total. */
export function hottestFunctions(root: Frame): Hot[] {
  const found = new Map<string, Hot>()
  const open = new Set<string>()
  const waiting: (Frame | string)[] = [root]
  for (let seen = 0; seen < FRAMES; ) {
    const next = waiting.pop()
    if (next === undefined) break
    // A name alone stands behind the children of its frame: all that it called has been seen.
    if (typeof next === 'string') {
      open.delete(next)
      continue
    }
    seen++
    const key = `${next.name}\0${next.file}\0${next.line}`
    const hot = found.get(key) ?? { frame: next, self: 0, total: 0 }
    found.set(key, hot)
    hot.self += next.self
    if (!open.has(key)) {
      open.add(key)
      hot.total += next.total
      waiting.push(key)
    }
    for (const child of next.children) waiting.push(child)
  }
  return [...found.values()]
    .filter(({ frame, self }) => self > 0 && !/^\((root|program|idle|garbage collector)\)$/.test(frame.name))
    .sort((a, b) => b.self - a.self)
    .slice(0, HOTTEST)
}

function bytes(count: number): string {
  return count < 1024 ** 2 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / 1024 ** 2).toFixed(1)} MiB`
}
