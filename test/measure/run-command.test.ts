import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { silent, UserError } from '@mayfly/core'
import { runTests, type TestRun } from '../../packages/measure/run-command.ts'

const folder = await mkdtemp(join(tmpdir(), `mayfly-run-${process.pid}-`))
after(() => rm(folder, { recursive: true, force: true }))

const PATH = process.env.PATH ?? '/usr/bin:/bin'

interface Said {
  lines: string[]
  run: TestRun
}

async function run(script: string, more: Partial<Parameters<typeof runTests>[0]> = {}): Promise<Said> {
  const lines: string[] = []
  const log = { ...silent, info: (line: string) => void lines.push(line) }
  return { lines, run: await runTests({ script, directory: folder, environment: { PATH }, timeout: 60_000, log, ...more }) }
}

/** Whether a process still runs; one that only waits to be reaped does not. */
async function runs(id: number): Promise<boolean> {
  const stat = await readFile(`/proc/${id}/stat`, 'latin1').catch(() => '')
  return stat !== '' && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
}

describe('a test command', () => {
  it('runs as a run step does: the first failing line ends it, a failing part of a pipe fails it', async () => {
    assert.equal((await run('true\necho done')).run.exitCode, 0)
    for (const [script, code] of [
      ['exit 3', 3],
      ['false\necho not reached', 1],
      ['(exit 4) | cat', 4],
      ['no-such-program', 127],
    ] as const) {
      const { run: result, lines } = await run(script)
      assert.deepEqual([result.exitCode, result.where, lines.includes('not reached')], [code, 'runner', false], script)
    }
  })

  it('has the environment that it is given and no other, and where it is to run', async () => {
    const { lines } = await run('echo "$GIVEN:$HOME:$PWD"', { environment: { PATH, GIVEN: 'a $(b) c' } })
    assert.deepEqual(lines, [`a $(b) c::${folder}`])
    await assert.rejects(run('true', { directory: join(folder, 'none') }), UserError)
    await assert.rejects(run('true', { environment: { PATH: '/nowhere' } }), UserError)
  })

  it('says by which signal it ended', async () => {
    const { run: result } = await run('kill -KILL $$')
    assert.deepEqual([result.exitCode, result.signal, result.timedOut], [null, 'SIGKILL', undefined])
  })

  it('every line of both outputs goes to the log and is kept, and none of them acts', async () => {
    const { lines, run: result } = await run(
      'echo one; echo "::set-output name=a::b"; echo three >&2; printf "\\r::error::x\\nlast"',
    )
    assert.deepEqual(lines.toSorted(), [': :error::x', ': :set-output name=a::b', 'last', 'one', 'three'])
    assert.ok(result.tail.includes('::set-output name=a::b'))
  })

  it('binary is harmless', async () => {
    const { lines, run: result } = await run('head -c 300000 /dev/urandom; printf "\\0\\033[2J\\377\\n"; echo end')
    assert.deepEqual([result.exitCode, lines.at(-1)], [0, 'end'])
    for (const line of lines) assert.doesNotMatch(line.replaceAll(String.fromCharCode(27), ''), /(?!\t)\p{Cc}/u)
  })

  it('200 MB of output and millions of lines neither stall it nor fill the memory', async () => {
    const before = process.memoryUsage().rss
    let most = before
    let count = 0
    const watch = () => {
      if (count++ % 1000 === 0) most = Math.max(most, process.memoryUsage().rss)
    }
    const script = `head -c 200000000 /dev/zero | tr '\\0' x; echo; seq 3000000; echo end`
    const { run: result } = await run(script, { log: { ...silent, info: watch } })
    most = Math.max(most, process.memoryUsage().rss)
    assert.equal(result.exitCode, 0)
    assert.ok(result.tail.endsWith('end') && result.tail.length <= 64 * 1024)
    assert.ok(most - before < 150 * 1024 * 1024, `${Math.round((most - before) / 1024 / 1024)} MB more`)
  })
})

describe('a test command that does not end', () => {
  it('is ended with all that it started, and its last line is told', async () => {
    const { run: result, lines } = await run('echo waiting for the database; sleep 1000 & echo $!; wait', { timeout: 1000 })
    assert.deepEqual([result.exitCode, result.timedOut], [null, 1000])
    assert.match(result.notices[0] ?? '', /^It did not end within 1s; its last line was “\d+”\.$/)
    assert.equal(await runs(Number(lines[1])), false)
  })

  it('is killed where it does not listen', async () => {
    const { run: result, lines } = await run('trap "" TERM; echo $$; while true; do sleep 0.1; done', { timeout: 2000 })
    assert.deepEqual([result.signal, result.timedOut], ['SIGKILL', 2000])
    assert.equal(await runs(Number(lines[0])), false)
  })

  it('did not pass, even if it answers with 0', async () => {
    const { run: result } = await run('trap "exit 0" TERM; sleep 1000 & wait', { timeout: 500 })
    assert.deepEqual([result.exitCode, result.timedOut], [null, 500])
  })

  it('may be given a time without output', async () => {
    const { run: result } = await run('for i in 1 2 3 4; do echo $i; sleep 0.2; done; sleep 1000', { quietTimeout: 1000 })
    assert.equal(result.timedOut, 1000)
    assert.match(result.notices[0] ?? '', /^It wrote nothing for 1s; its last line was “4”\.$/)
  })

  it('ends when it is cancelled, and then the reason is thrown', async () => {
    const cancel = new AbortController()
    const ids: number[] = []
    const log = {
      ...silent,
      info: (line: string) => {
        ids.push(Number(line))
        cancel.abort(new Error('cancelled'))
      },
    }
    await assert.rejects(run('echo $$; sleep 1000', { log, signal: cancel.signal }), /cancelled/)
    assert.equal(await runs(ids[0] ?? 0), false)
    await assert.rejects(run('true', { signal: cancel.signal }), /cancelled/)
  })
})

describe('what a test command leaves running', () => {
  it('is ended and named, and its hold on the output is not waited for', async () => {
    const { run: result, lines } = await run('sleep 1000 & echo $!')
    assert.equal(result.exitCode, 0)
    assert.deepEqual(result.notices, ['It left processes running (sleep); they were ended.'])
    assert.equal(await runs(Number(lines[0])), false)
  })

  it('outside of its group is left alone, but not waited for', async () => {
    const { run: result, lines } = await run(
      'setsid sleep 1000 & while [ "$(cut -d" " -f5 /proc/$!/stat)" = $$ ]; do :; done; echo $!',
    )
    const id = Number(lines[0])
    try {
      assert.deepEqual([result.exitCode, result.notices], [0, []])
      assert.equal(await runs(id), true)
    } finally {
      process.kill(id, 'SIGKILL')
    }
  })

  it('may be about to end by itself: all of its output is there', async () => {
    const { run: result, lines } = await run('(sleep 0.2; seq 50000) & true')
    assert.deepEqual([result.notices, lines.length, lines.at(-1)], [[], 50_000, '50000'])
  })
})
