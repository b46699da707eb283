import { type Engine, getFiles, putFiles } from '@mayfly/engine'
import { type TakenFile, takeFiles, tar } from '@mayfly/oci'
import { type HookRequest, hookRequest, REQUEST_FILE } from './hook/protocol.ts'
import { FOLDER, type Session } from './session.ts'

const ASK_EVERY = 250

/** The hook keeps its folder under this; what is over it was written by something else. */
const LIMITS = { bytes: 512 * 1024 * 1024, files: 50_000 }

/** What the Node processes of one service left in its folder. All of it is hostile. */
export interface HookFiles {
  service: string
  files: TakenFile[]
  /** Processes that had the hook, and those of them that neither answered nor ended within the time. */
  processes: number
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
    const files = archive === undefined ? [] : await takeFiles(archive, LIMITS, `What ${service} gathered`)
    const { processes, waiting } = countProcesses(files, id)
    if (waiting === 0 || performance.now() > deadline) return { service, files, processes, silent: waiting }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY))
  }
}

/** Every process says hello, answers each request once, and says bye where it can; others say which ones ended without a word. */
function countProcesses(files: readonly TakenFile[], id: string): { processes: number; waiting: number } {
  const alive = new Map<string, string>()
  const settled = new Set<string>()
  const dead = new Set<string>()
  for (const { path, bytes } of files) {
    const said = /\/\d+-\d+-\d+\.json$/.test(path) && bytes.length < 4096 ? readEvent(bytes) : undefined
    if (said === undefined) continue
    const key = `${said.host} ${said.pid} ${said.thread} ${said.born}`
    if (said.event === 'hello') alive.set(key, `${said.host} ${said.pid}`)
    if (said.event === 'bye' || (said.event === 'answer' && said.id === id)) settled.add(key)
    for (const pid of said.dead) dead.add(`${said.host} ${pid}`)
  }
  const waiting = [...alive].filter(([key, process]) => !settled.has(key) && !dead.has(process))
  return { processes: alive.size, waiting: waiting.length }
}

interface HookEvent {
  event: string
  id: string
  host: string
  pid: string
  thread: string
  born: string
  dead: string[]
}

function readEvent(bytes: Buffer): HookEvent | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    const field = (name: string): unknown => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined)
    const text = (name: string) => String(field(name) ?? '')
    const dead = field('dead')
    return {
      event: text('event'),
      id: text('id'),
      host: text('host'),
      pid: text('pid'),
      thread: text('thread'),
      born: text('born'),
      dead: Array.isArray(dead) ? dead.map(String) : [],
    }
  } catch {
    return undefined
  }
}
