import { type Engine, getFiles, putFiles } from '@mayfly/engine'
import { takeFiles, tar } from '@mayfly/oci'
import { answersTo } from './hook/events.ts'
import { type HookRequest, hookRequest, REQUEST_FILE } from './hook/protocol.ts'
import type { HookFile } from './hook/read.ts'
import { FOLDER, type Session } from './session.ts'

const ASK_EVERY = 250

/** The hook keeps its folder under this; what is over it was written by something else. */
const LIMITS = { bytes: 512 * 1024 * 1024, files: 50_000 }

/** What the Node processes of one service left in its folder. All of it is hostile. */
export interface HookFiles {
  service: string
  files: HookFile[]
  /** Threads that acted on the last request, and those that neither did nor ended within the time. */
  answered: number
  silent: number
}

/**
 * Asks all Node processes of the hooked services for something and waits until each has answered or is gone.
 * @param patience milliseconds; a process whose event loop is busy for longer does not answer, and is counted as silent.
 */
export async function askHooks(engine: Engine, session: Session, request: HookRequest, patience: number): Promise<HookFiles[]> {
  const at = Math.floor(Date.now() / 1000)
  const entries = session.hooked.map(({ service }) => ({
    path: `out/${service}/${REQUEST_FILE}`,
    kind: 'file' as const,
    bytes: Buffer.from(hookRequest(request)),
  }))
  // The folders are there: named again they would lose their mode.
  for (const entry of entries) {
    const [folder, name] = [entry.path.slice(0, entry.path.lastIndexOf('/')), REQUEST_FILE]
    await putFiles(engine, session.holder, `${FOLDER}/${folder}`, tar([{ ...entry, path: name }], at))
  }
  return Promise.all(session.hooked.map(({ service }) => untilAnswered(engine, session, service, request.id, patience)))
}

async function untilAnswered(
  engine: Engine,
  session: Session,
  service: string,
  id: string,
  patience: number,
): Promise<HookFiles> {
  const deadline = performance.now() + patience
  for (;;) {
    const archive = await getFiles(engine, session.holder, `${FOLDER}/out/${service}`)
    const taken = archive === undefined ? [] : await takeFiles(archive, LIMITS, `What ${service} gathered`)
    const files = taken.map(({ path, bytes }) => ({ name: path.slice(path.lastIndexOf('/') + 1), text: bytes.toString('utf8') }))
    const { answered, waiting } = answersTo(files, id)
    // Nobody said hello: nothing that runs there is Node, and nobody will answer.
    if (waiting.length === 0 || performance.now() > deadline) {
      return { service, files, answered: answered.length, silent: waiting.length }
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY))
  }
}
