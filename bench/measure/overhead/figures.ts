import { markdown, ms, range, type Single, singlesTable, spreadOf } from '../../figures.ts'
import { type Overhead, SUITES, type Suite, WAYS, type Way } from './overhead.ts'

/** What tests may take where services are measured, of what they take where they are not. */
const AIM = 1.05

const NAMES: Record<Suite, string> = {
  waits: '240 requests to services that wait for a database',
  passes: '800 requests that wait only for another service',
  answers: '800 requests that are answered at once',
  computes: '50 requests that only compute',
}

const WORDS: Record<Way, string> = { plain: 'as they are', mayfly: 'measured', node: 'NODE_V8_COVERAGE' }

/** *ratio* is the median through that of the services as they are, *by pairs* the median of each round's own. */
export function overheadTables(taken: Overhead): string {
  const head = ['wall time of the tests', 'services run', 'time', '', 'ratio', 'by pairs']
  const rows = SUITES.flatMap((suite) => WAYS.map((way, at) => row(taken, suite, way, at === 0)))
  return [markdown([head, ...rows]), singlesTable(overheadSingles(taken))].join('\n\n')
}

function row(taken: Overhead, suite: Suite, way: Way, first: boolean): string[] {
  const spread = spreadOf(taken.times[way][suite])
  const { medians, pairs } = ratioOf(taken, suite, way)
  const compared = way === 'plain' ? ['', ''] : [`${medians.toFixed(3)} ×`, `${pairs.toFixed(3)} ×`]
  return [first ? NAMES[suite] : '', WORDS[way], ms(spread.median), range(spread), ...compared]
}

/** What is promised, by pairs: a slow moment of the machine is a whole round's. Of what only computes nothing is promised. */
export function overheadSingles(taken: Overhead): Single[] {
  const promised = SUITES.filter((suite) => suite !== 'computes').map((suite) => {
    const { pairs } = ratioOf(taken, suite, 'mayfly')
    return { name: `${NAMES[suite]}: by pairs`, value: `${pairs.toFixed(3)} ×`, aim: `≤ ${AIM} ×`, met: pairs <= AIM }
  })
  return [
    ...promised,
    { name: 'before and after the tests: start, gather, put back', value: ms(taken.around), aim: '', met: true },
  ]
}

function ratioOf({ times }: Overhead, suite: Suite, way: Way): { medians: number; pairs: number } {
  const [own, plain] = [times[way][suite], times.plain[suite]]
  const pairs = own.flatMap((time, round) => (plain[round] === undefined ? [] : [time / plain[round]]))
  return { medians: spreadOf(own).median / spreadOf(plain).median, pairs: spreadOf(pairs).median }
}
