/** One thread of one process; `born` tells it from one that had the same numbers before the container started again. */
export interface HookThread {
  host: string
  pid: number
  thread: number
  born: number
}

export interface Answers {
  /** Who acted on the request, with the reason where it failed. */
  answered: (HookThread & { error?: string })[]
  /** Who runs, as far as is known, and has not answered yet. Empty, with anybody in `answered`: all have. */
  waiting: HookThread[]
}

/**
 * Who answered a request, from the files of a service's folder. A process that was killed is not waited for as soon as
 * another of its container noticed; a thread that was, is: whoever waits needs a limit. Throws nothing.
 */
export function answersTo(files: Iterable<{ name: string; text: string }>, id: string): Answers {
  const threads = new Map<string, HookThread>()
  const answered = new Map<string, HookThread & { error?: string }>()
  const gone = new Set<string>()
  for (const { name, text } of files) {
    const event = /^\d+-\d+-\d+\.json$/.test(name) ? eventOf(text) : undefined
    if (event === undefined) continue
    const { kind, thread, request, error, dead } = event
    if (kind === 'hello') threads.set(keyOf(thread), thread)
    if (kind === 'bye') gone.add(keyOf(thread))
    if (kind === 'answer' && request === id) answered.set(keyOf(thread), error === undefined ? thread : { ...thread, error })
    for (const pid of dead) gone.add(`${thread.host} ${pid}`)
  }
  const newest = newestOf(threads.values())
  const waiting = [...newest].filter(
    (thread) => !answered.has(keyOf(thread)) && !gone.has(keyOf(thread)) && !gone.has(`${thread.host} ${thread.pid}`),
  )
  return { answered: [...answered.values()], waiting }
}

/** A container that started again has the pids of its life before: the thread that was born last is the one that lives. */
function newestOf(threads: Iterable<HookThread>): Iterable<HookThread> {
  const newest = new Map<string, HookThread>()
  for (const thread of threads) {
    const place = `${thread.host} ${thread.pid} ${thread.thread}`
    if ((newest.get(place)?.born ?? 0) < thread.born) newest.set(place, thread)
  }
  return newest.values()
}

const keyOf = ({ host, pid, thread, born }: HookThread) => `${host} ${pid} ${thread} ${born}`

interface HookEvent {
  kind: string
  thread: HookThread
  request: string | undefined
  error: string | undefined
  dead: number[]
}

function eventOf(text: string): HookEvent | undefined {
  // Dumps are long and say nothing here.
  if (!/^\{"v":1,"event":"(?:hello|answer|bye)"/.test(text)) return undefined
  const json = parsed(text)
  if (!isRecord(json)) return undefined
  const { event, host, pid, thread, born, id, error, dead } = json
  if (typeof event !== 'string' || typeof host !== 'string') return undefined
  if (typeof pid !== 'number' || typeof thread !== 'number' || typeof born !== 'number') return undefined
  return {
    kind: event,
    thread: { host, pid, thread, born },
    request: typeof id === 'string' ? id : undefined,
    error: typeof error === 'string' ? error : undefined,
    dead: Array.isArray(dead) ? dead.filter((one) => typeof one === 'number') : [],
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
