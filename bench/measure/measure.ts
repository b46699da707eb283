import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../artifact/run.ts'
import { type Arm, CONTESTS, type Contest } from './arms.ts'
import { type Data, makeData } from './data.ts'
import { type Agreement, compareLines } from './lines.ts'
import type { Size } from './project.ts'

export interface Taken {
  /** Milliseconds, one for each round. */
  times: number[]
  /** Bytes; empty where the kernel does not say. */
  memory: number[]
}

export interface Row {
  contest: Contest
  arms: Map<Arm['name'], Taken>
  /** Mayfly's parts, one list for each round. */
  phases: [string, number][][]
}

export interface Measured {
  rows: Row[]
  agreements: Agreement[]
}

/**
 * Every round is every contest with every tool, each a new process; who goes first changes with the round, and a first round is
 * not counted. What the first round wrote is compared line by line.
 */
export async function measure(size: Size, rounds: number, say: (line: string) => void): Promise<Measured> {
  const temp = mkdtempSync(join(tmpdir(), 'mayfly-measure-'))
  try {
    const data = await makeData(temp, size, say)
    const rows = CONTESTS.map((contest): Row => ({ contest, arms: new Map(), phases: [] }))
    let agreements: Agreement[] = []
    for (let round = 0; round <= rounds; round++) {
      for (const [index, row] of rows.entries()) await measureRow(row, data, join(temp, `out-${index}`), round)
      if (round === 0) agreements = compareLines(temp, data)
      say(round === 0 ? 'A round that is not counted is done.' : `Round ${round} of ${rounds} is done.`)
    }
    return { rows, agreements }
  } finally {
    rmSync(temp, { recursive: true, force: true })
  }
}

async function measureRow({ contest, arms, phases }: Row, data: Data, output: string, round: number): Promise<void> {
  const first = round % contest.arms.length
  for (const arm of [...contest.arms.slice(first), ...contest.arms.slice(0, first)]) {
    const folder = join(output, arm.name)
    rmSync(folder, { recursive: true, force: true })
    const ran = await run(arm.argv(data, folder), { cwd: data.project })
    if (round === 0) continue
    const taken = arms.get(arm.name) ?? { times: [], memory: [] }
    taken.times.push(ran.milliseconds)
    if (ran.memory !== undefined) taken.memory.push(ran.memory)
    arms.set(arm.name, taken)
    if (arm.name === 'Mayfly') phases.push(phasesOf(ran.stdout))
  }
}

function phasesOf(stdout: string): [string, number][] {
  const told: { phases: [string, number][] } = JSON.parse(stdout)
  return told.phases
}
