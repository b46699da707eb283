import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { command } from './command.ts'

const node = process.execPath
const env = {}

describe('a command', () => {
  it('sees no variable that was not given to it', async () => {
    const shown = await command([node, '-p', 'JSON.stringify(process.env)'], { env: { ONE: 'a b' } })
    assert.deepEqual(JSON.parse(shown.stdout), { ONE: 'a b' })
  })

  it('gets its input, and one that does not read it is no error', async () => {
    const echo = await command([node, '-e', 'process.stdin.pipe(process.stdout)'], { env, input: 'grüße\n' })
    assert.equal(echo.stdout, 'grüße\n')
    assert.equal((await command([node, '-e', ''], { env, input: 'x'.repeat(1_000_000) })).code, 0)
  })

  const endings: [program: string, code: number][] = [
    ['process.exit(7)', 7],
    ["process.kill(process.pid, 'SIGKILL')", 137],
    ["process.kill(process.pid, 'SIGTERM')", 143],
    ["process.kill(process.pid, 'SIGINT')", 130],
  ]
  for (const [program, code] of endings) {
    it(`that ends by ${program} has the code ${code}`, async () => {
      assert.equal((await command([node, '-e', program], { env })).code, code)
    })
  }

  it('tells whole lines, however they are ended and wherever they are cut', async () => {
    const lines: string[] = []
    const program = "process.stderr.write('one\\ntw', () => process.stderr.write('o\\r\\nthree\\rfour\\n'))"
    await command([node, '-e', program], { env, onLine: (line) => lines.push(line) })
    assert.deepEqual(lines, ['one', 'two', 'three', 'four'])
  })

  it('is ended, and says so, when it is no longer wanted', async () => {
    const stop = new AbortController()
    const program = "console.error('running'); setInterval(() => {}, 1000)"
    const running = command([node, '-e', program], { env, signal: stop.signal, onLine: () => stop.abort() })
    await assert.rejects(running, { name: 'AbortError' })
  })
})
