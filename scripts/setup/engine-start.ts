import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { type Machine, searchPath, which } from './machine.ts'
import { must } from './step.ts'

const LOG = '/var/log/mayfly-dockerd.log'
/** How long an engine with many containers may take to come up, and how long one that died leaves for another that was faster. */
const PATIENCE = 60_000
const GRACE = 5_000

/** Starts the installed engine and waits until `answers` says so: as a service where there is systemd, else in a session of its own. */
export async function startEngine(machine: Machine, answers: () => Promise<boolean>): Promise<void> {
  let deadline = Date.now() + PATIENCE
  if (machine.systemd) await must(['systemctl', 'start', 'docker'])
  else {
    await forgetDeadEngine()
    startDetached(() => {
      deadline = Math.min(deadline, Date.now() + GRACE)
    })
  }
  while (!(await answers())) {
    if (Date.now() > deadline) {
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
    const name = Number.isInteger(pid) ? await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '') : program
    if (name.trim() !== program) await rm(file, { force: true })
  }
}

async function tail(): Promise<string> {
  return (await readFile(LOG, 'utf8').catch(() => '')).trim().split('\n').slice(-5).join('\n')
}
