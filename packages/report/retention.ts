import { code, prose } from './text.ts'

/** What retention decided about each artifact, and what became of it. */
export interface RetentionReport {
  dryRun: boolean
  items: readonly {
    item: { store: string; place: string; repository: string; digest: string; tags: readonly string[] }
    why: string
    outcome: 'kept' | 'would go' | 'deleted' | 'gone' | 'left' | 'refused'
  }[]
  notices: readonly string[]
  /** Why the deletions ended early; empty where they did not. */
  stopped: string
}

/** Rows that stay well within a step summary. */
const MOST = 500

const ORDER = ['deleted', 'would go', 'refused', 'left', 'gone', 'kept'] as const

const WORDS: Readonly<Record<(typeof ORDER)[number], string>> = {
  deleted: 'deleted',
  'would go': 'would go',
  refused: 'could not go',
  left: 'left for the next run',
  gone: 'was gone already',
  kept: 'kept',
}

/** The step summary of a retention run: what went, and why; then what stays, and why. */
export function renderRetention({ items, notices, stopped, dryRun }: RetentionReport): string {
  const sorted = items.toSorted((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome))
  const counted = ORDER.flatMap((outcome) => {
    const count = items.filter((one) => one.outcome === outcome).length
    return count === 0 ? [] : [`${count} ${WORDS[outcome]}`]
  })
  const rows = sorted
    .slice(0, MOST)
    .map(({ item, why, outcome }) => `| ${nameCell(item)} | ${WORDS[outcome]} | ${prose(why, 300)} |`)
  const left = items.length - rows.length
  const parts = [
    `### Retention${dryRun ? ' (dry run)' : ''}: ${counted.join(', ') || 'there is nothing of this repository'}`,
    ...(stopped === '' ? [] : [`**It was stopped before its end:** ${prose(stopped, 600)}`]),
    ...(rows.length === 0 ? [] : [['| Artifact | | Why |', '| --- | --- | --- |', ...rows].join('\n')]),
    ...(left > 0 ? [`and ${left} more`] : []),
    ...(notices.length === 0 ? [] : [notices.map((notice) => `* ${prose(notice, 600)}`).join('\n')]),
  ]
  return `${parts.join('\n\n')}\n`
}

/** An engine's tags are whole references; elsewhere they stand behind their repository. */
function nameCell({ store, place, repository, digest, tags }: RetentionReport['items'][number]['item']): string {
  const short = digest.slice(0, 19)
  if (store === 'engine') return `${code(tags[0] ?? short)} on ${prose(place, 80)}`
  return code(`${place}/${repository}${tags[0] === undefined ? `@${short}` : `:${tags[0]}`}`, 200)
}
