import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { type Machine, searchPath, which } from './machine.ts'
import { must } from './step.ts'

const LOG = '/var/log/mayfly-dockerd.log'
/** How long an engine with many containers may take to come up. */
const PATIENCE = 60_000
/** One that ends at once may have met another that was faster, or one that was killed a moment ago and is not quite gone. */
const STARTS = 5
const BETWEEN_STARTS = 2_000

/** Starts the installed engine and waits until `answers` says so: as a service where there is systemd, else in a session of its own. */
export async function startEngine(machine: Machine, answers: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE
  let starts = 0
  let endedAt: number | undefined = 0
  if (machine.systemd) await must(['systemctl', 'start', 'docker'])
  while (!(await answers())) {
    const ended = endedAt !== undefined && Date.now() - endedAt > BETWEEN_STARTS
    if (!machine.systemd && ended && starts < STARTS) {
      starts++
      endedAt = undefined
      await forgetDeadEngine()
      startDetached(() => {
        endedAt = Date.now()
      })
    } else if (Date.now() > deadline || (ended && starts === STARTS)) {
      const advice = machine.systemd ? 'journalctl -u docker says why.' : `The end of ${LOG}:\n${await tail()}`
      throw new Error(`The Docker engine was started and does not answer. ${advice}`)
    }
    await pause(200)
  }
}

/** A session of its own and no open pipe: the engine outlives this script and its terminal. It looks for its helpers by name. */
function startDetached(onEnd: () => void): void {
  const log = openSync(LOG, 'a')
  const engine = spawn(which('dockerd') ?? 'dockerd', [], {
    cwd: '/',
    env: { ...process.env, PATH: searchPath() },
    detached: true,
    stdio: ['ignore', log, log],
  })
  engine.once('exit', onEnd).once('error', onEnd).unref()
  closeSync(log)
}

/**
 * After a restart that kept /var/run, the pid of the engine that was can belong to any process, and a new engine
 * would refuse to start beside it. The file of an engine that lives is left.
 */
async function forgetDeadEngine(): Promise<void> {
  const files = [
    ['/var/run/docker.pid', 'dockerd'],
    ['/var/run/docker/containerd/containerd.pid', 'containerd'],
  ] as const
  for (const [file, program] of files) {
    const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10)
    // `pid (name) state ...`: a zombie (Z) still has its name, but it will never answer (proc_pid_stat(5)).
    const stat = Number.isInteger(pid) ? await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '') : `0 (${program}) R`
    if (!new RegExp(`\\(${program}\\) [^ZX]`).test(stat)) await rm(file, { force: true })
  }
}

async function tail(): Promise<string> {
  return (await readFile(LOG, 'utf8').catch(() => '')).trim().split('\n').slice(-5).join('\n')
}
