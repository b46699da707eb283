import { UserError } from '@mayfly/core'
import { type Whereabout, where as whereIs } from '@mayfly/release'
import { digestWords, renderColumns, renderNotChecked, renderPlaces } from '@mayfly/report'
import type { Options } from '../options.ts'
import { answer } from '../terminal.ts'
import { withTracing } from '../tracing.ts'

/** Which artifacts hold a commit, or what an artifact is; where each runs, and since when. */
export async function where(options: Options): Promise<number> {
  const [text, ...more] = options.positionals
  if (text === undefined || more.length > 0) {
    throw new UserError(text === undefined ? 'Nothing says what to look for.' : 'More than one thing is asked for.', {
      cure: 'Write mayfly where and one commit or artifact, such as 1a2b3c4 or web@1.4.2.',
    })
  }
  return withTracing(options, async (tracing) => {
    const found = await whereIs(tracing, text)
    const none = found.artifacts.length === 0 ? `No artifact holds ${found.what}.` : ''
    const lines = [none, ...found.artifacts.map(describe), renderNotChecked(found.notChecked)]
    answer(options, found, lines.filter((line) => line !== '').join('\n'))
    return 0
  })
}

function describe({ artifact, digest, released, revision, pullRequest, running }: Whereabout): string {
  const from = pullRequest === undefined ? '' : `from pull request ${pullRequest}`
  const what = [
    artifact,
    digestWords(digest),
    released ? 'released' : 'not released',
    revision && `at ${revision.slice(0, 7)}`,
    from,
  ]
  return [renderColumns([what]), running.length === 0 ? '  runs nowhere that was looked at' : renderPlaces(running, '  ')].join(
    '\n',
  )
}
