import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'

/** Each suite as a team would start it, against each preview in turns. A first round is not counted. */
const [urls, rounds] = [JSON.parse(process.env.URLS), Number(process.env.ROUNDS)]
const ways = Object.keys(urls)
const suites = ['waits', 'passes', 'answers', 'computes']
const times = Object.fromEntries(ways.map((way) => [way, Object.fromEntries(suites.map((suite) => [suite, []]))]))
for (let round = 0; round <= rounds; round++) {
  for (const suite of suites) {
    const first = round % ways.length
    for (const way of [...ways.slice(first), ...ways.slice(0, first)]) {
      const took = run(suite, urls[way])
      if (round > 0) times[way][suite].push(took)
    }
  }
}
writeFileSync('times.json', JSON.stringify(times))

function run(suite, url) {
  if (existsSync('stop')) process.exit(1)
  const started = performance.now()
  const env = { ...process.env, MAYFLY_URL: url }
  const done = spawnSync(process.execPath, ['shop.test.mjs', suite], { encoding: 'utf8', env })
  if (done.status !== 0) throw new Error(done.stdout.slice(-3000) + done.stderr)
  return performance.now() - started
}
