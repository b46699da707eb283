'use strict'

// Loaded by NODE_OPTIONS=--require into every Node.js process of a service while it is measured, before the service's
// own code: CommonJS, Node.js 18 and newer, no dependency. It never throws, prints, listens for a signal or keeps a
// process alive; without MAYFLY_MEASURE it does nothing. How it speaks to the runner: protocol.ts.
//
// What is used later is taken now: tests and services replace timers, clocks and file functions.
const { env, argv, pid, version, hrtime } = process
const { parse, stringify } = JSON
const { now } = Date
const stopEvery = clearInterval

const NOT_THE_SERVICE = /[\\/](?:node_modules|\.yarn|corepack)[\\/]|[\\/]opt[\\/]yarn|\.pnp\.[cm]?js$|^\/mayfly\//
const LOOK = 200
const FIRST_FLUSH = 1000
const FLUSH = 5000
// A take blocks the service: it may cost one hundredth of its time.
const SHARE = 100
const MOST_TEXT = 20 * 1024 * 1024
const MOST_FOLDER = 256 * 1024 * 1024
const MOST_FILES = 10000
const MOST_FAILURES = 10
const PROFILE_SECONDS = 300

function start(folder) {
  const fs = require('node:fs')
  const os = require('node:os')
  const { dirname, join, resolve } = require('node:path')
  const { fileURLToPath } = require('node:url')
  const { createHash } = require('node:crypto')
  const { threadId: thread } = require('node:worker_threads')
  const { Session } = require('node:inspector')
  const { readFileSync, writeFileSync, renameSync, readdirSync, statSync, lstatSync, rmSync, realpathSync } = fs
  const kill = process.kill.bind(process)
  const host = os.hostname()
  // A restarted container has the same pids again: files of the process before must keep their names.
  const born = now() * 1000 + Math.floor(Math.random() * 1000)
  let serial = born

  // ---- files

  let folderBytes = 0
  let folderFiles = 0
  let sinceLook = Number.POSITIVE_INFINITY
  let full = false

  function put(name, text) {
    const part = join(folder, `.${pid}-${thread}-${++serial}.part`)
    try {
      writeFileSync(part, text, { mode: 0o644 })
      renameSync(part, join(folder, name))
      return true
    } catch {
      rmSync(part, { force: true })
      return false
    }
  }

  const nextName = (ending) => `${pid}-${thread}-${++serial}.${ending}`

  function event(kind, more) {
    return put(nextName('json'), stringify({ v: 1, event: kind, host, pid, thread, born, at: now(), ...more }))
  }

  // Writes where the folder's limit leaves room; all processes of the service share it.
  function putBounded(name, text) {
    if (full) return false
    if (sinceLook > MOST_FOLDER / 64) lookAtFolder()
    if (folderBytes + text.length > MOST_FOLDER || folderFiles >= MOST_FILES) {
      full = true
      notice(`More than ${MOST_FOLDER / 1024 / 1024} MB or ${MOST_FILES} files were gathered; what came later is missing.`)
      return false
    }
    folderBytes += text.length
    folderFiles++
    // A file counts for its bytes and for itself.
    sinceLook += text.length + 16 * 1024
    return put(name, text)
  }

  function lookAtFolder() {
    const names = readdirSync(folder)
    folderFiles = names.length
    folderBytes = 0
    sinceLook = 0
    for (const name of names) folderBytes += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0
  }

  const noticed = new Set()
  function notice(text) {
    if (noticed.has(text) || noticed.size >= 50) return
    noticed.add(text)
    const others = new Set()
    try {
      for (const other of parse(readFileSync(join(folder, 'notices.json'), 'utf8')).notices) others.add(other)
    } catch {
      // There is none yet.
    }
    if (others.size < 200) put('notices.json', stringify({ v: 1, notices: [...others.add(text)] }))
  }

  // ---- inspector

  // One session for everything, and nothing that was switched on in it is switched off again: V8 drops the block counters of
  // the whole thread when any session ends (V8ProfilerAgentImpl::disable) or stops to debug (Debug::Unload).
  const session = new Session()
  session.connect()
  const enabled = new Set()
  function enable(domain) {
    if (enabled.has(domain)) return
    ask(`${domain}.enable`)
    enabled.add(domain)
  }

  // A session of the same thread answers before post returns.
  function ask(method, parameters) {
    let result
    let failure
    session.post(method, parameters, (error, answer) => {
      failure = error
      result = answer
    })
    if (failure) throw failure
    return result
  }

  // ---- scripts

  const scripts = new Map()

  function pathOf(url) {
    if (url.startsWith('file://')) return fileURLToPath(url)
    return url.startsWith('/') ? url : undefined
  }

  function isService(url) {
    if (!url.startsWith('file://') && !url.startsWith('/')) return false
    try {
      const path = pathOf(url)
      return path !== __filename && !NOT_THE_SERVICE.test(path)
    } catch {
      return false
    }
  }

  // The name of the script's file, which is written once; null where its source is not to be had.
  function remember(scriptId, url, length) {
    const known = scripts.get(scriptId)
    if (known !== undefined) return known
    let name = null
    try {
      name = writeScript(scriptId, url, length)
    } catch {
      notice(`The source of ${url} could not be read.`)
    }
    scripts.set(scriptId, name)
    return name
  }

  function writeScript(scriptId, url, length) {
    const path = pathOf(url).replace(/[?#].*$/, '')
    const whole = sourceOf(scriptId, path, length)
    if (whole.length > MOST_TEXT) {
      notice(`${url} is longer than 20 MB; it is not measured.`)
      return null
    }
    const hash = createHash('sha256').update(url).update('\0').update(whole).digest('hex').slice(0, 32)
    const name = `${hash}.script.json`
    if (statSync(join(folder, name), { throwIfNoEntry: false })) return hash
    const script = { v: 1, url, hash, length: whole.length, ...mapOf(whole, path, url) }
    return putBounded(name, stringify(script)) ? hash : null
  }

  // The file, where V8 ran it as it is; else what a loader made of it, which only V8 has.
  function sourceOf(scriptId, path, length) {
    if (/\.[cm]?js$/.test(path)) {
      const text = textOf(path)
      if (text?.length === length) return text
    }
    enable('Debugger')
    return ask('Debugger.getScriptSource', { scriptId }).scriptSource
  }

  function textOf(path) {
    const stats = statSync(path, { throwIfNoEntry: false })
    return stats?.isFile() && stats.size <= MOST_TEXT ? readFileSync(path, 'utf8') : undefined
  }

  function mapOf(source, path, url) {
    const at = source.lastIndexOf('sourceMappingURL=')
    const told = at > 0 && /[#@]\s*$/.test(source.slice(Math.max(0, at - 5), at))
    const address = told ? /^[^\s*]*/.exec(source.slice(at + 'sourceMappingURL='.length))[0] : ''
    if (address.startsWith('data:')) {
      // It would be sent twice.
      return { source: source.slice(0, at), sourceMap: inlineMap(address, url) }
    }
    const places = [`${path}.map`]
    if (address !== '' && !/^[a-z]+:\/\//i.test(address)) places.unshift(resolve(dirname(path), decoded(address)))
    for (const place of places) {
      const size = statSync(place, { throwIfNoEntry: false })?.size ?? 0
      if (size > MOST_TEXT) notice(`The source map of ${url} is longer than 20 MB; it is not read.`)
      const text = textOf(place)
      if (text !== undefined) return { source, sourceMap: text, sourceMapUrl: place }
    }
    return { source }
  }

  function decoded(address) {
    try {
      return decodeURIComponent(address)
    } catch {
      return address
    }
  }

  function inlineMap(address, url) {
    const comma = address.indexOf(',')
    const data = address.slice(comma + 1)
    const text = /;base64$/i.test(address.slice(0, comma)) ? Buffer.from(data, 'base64').toString('utf8') : decoded(data)
    if (text.length <= MOST_TEXT) return text
    notice(`The source map of ${url} is longer than 20 MB; it is not read.`)
    return undefined
  }

  // ---- coverage

  let covering = false

  // Taking resets the counters: what is taken is written, or lost.
  function take() {
    if (!covering) return []
    const taken = []
    for (const script of ask('Profiler.takePreciseCoverage').result) {
      if (!isService(script.url) || !script.functions.some(ran)) continue
      const length = script.functions.reduce((most, one) => Math.max(most, one.ranges[0].endOffset), 0)
      const hash = remember(script.scriptId, script.url, length)
      if (hash !== null) taken.push({ url: script.url, hash, functions: script.functions.map(compact) })
    }
    return taken
  }

  const ran = (one) => one.ranges.some((range) => range.count > 0)

  // Start, end and count of each range in a row: half the bytes.
  function compact({ functionName, ranges, isBlockCoverage }) {
    return [functionName, isBlockCoverage ? 1 : 0, ranges.flatMap((range) => [range.startOffset, range.endOffset, range.count])]
  }

  function flush(kind, more) {
    if (full && kind === 'flush') return
    const taken = take()
    if (taken.length > 0) {
      const text = stringify({ v: 1, event: 'coverage', host, pid, thread, born, at: now(), scripts: taken })
      putBounded(nextName('json'), text)
    }
    if (kind !== 'flush') event(kind, more)
  }

  // ---- profiles

  const KINDS = {
    profile: {
      ending: 'cpuprofile',
      domain: 'Profiler',
      begin(interval) {
        ask('Profiler.setSamplingInterval', { interval: interval ?? 1000 })
        ask('Profiler.start')
      },
      end: () => ask('Profiler.stop').profile,
      frames: (profile) => profile.nodes.map((node) => node.callFrame),
    },
    heap: {
      ending: 'heapprofile',
      domain: 'HeapProfiler',
      begin: (interval) => ask('HeapProfiler.startSampling', { samplingInterval: interval ?? 32768 }),
      end: () => ask('HeapProfiler.stopSampling').profile,
      frames(profile) {
        const found = []
        const left = [profile.head]
        for (let node = left.pop(); node !== undefined; node = left.pop()) {
          found.push(node.callFrame)
          for (const child of node.children) left.push(child)
        }
        return found
      },
    },
  }

  const running = new Map()

  function beginProfile(kind, request) {
    if (running.has(kind)) return
    enable(KINDS[kind].domain)
    KINDS[kind].begin(number(request.interval))
    running.set(kind, { since: now(), ends: now() + (number(request.seconds) ?? PROFILE_SECONDS) * 1000 })
  }

  function number(value) {
    return typeof value === 'number' && value > 0 ? value : undefined
  }

  function endProfile(kind) {
    if (!running.delete(kind)) return
    const { ending, end, frames } = KINDS[kind]
    const profile = end()
    // What maps the frames to their sources.
    const hashes = {}
    for (const { scriptId, url } of frames(profile)) {
      if (hashes[url] === undefined && isService(url)) hashes[url] = remember(scriptId, url)
    }
    putBounded(nextName(ending), stringify(profile))
  }

  // ---- requests

  let lastId

  function readRequest() {
    const path = join(folder, 'request.json')
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (!stats?.isFile() || stats.size > 64 * 1024) return undefined
    // Half written in place it is no JSON, and is read again at the next look.
    const request = parse(readFileSync(path, 'utf8'))
    return typeof request?.id === 'string' && request.id !== lastId ? request : undefined
  }

  function look() {
    const request = readRequest()
    if (request === undefined) return
    lastId = request.id
    const answer = { id: request.id }
    try {
      act(request.do, request)
    } catch (error) {
      answer.error = String(error?.message ?? error).slice(0, 500)
    }
    if (request.do === 'coverage') flush('answer', { ...answer, dead: deadPids() })
    else event('answer', { ...answer, dead: deadPids() })
  }

  function act(what, request) {
    const [kind, verb] = String(what).split('-')
    if (verb === 'start' && Object.hasOwn(KINDS, kind)) beginProfile(kind, request)
    if (verb === 'stop' && Object.hasOwn(KINDS, kind)) endProfile(kind)
  }

  // Processes that ended without a word, so that nobody waits for their answer.
  function deadPids() {
    const pids = new Set()
    for (const name of readdirSync(folder)) {
      const other = /^(\d+)-\d+-\d+\.json$/.exec(name)?.[1]
      if (other !== undefined) pids.add(Number(other))
    }
    return [...pids].filter((other) => {
      try {
        kill(other, 0)
        // Where PID 1 does not collect its orphans what was killed stays as a zombie (proc_pid_stat(5)).
        return /\) [ZX] /.test(textOf(`/proc/${other}/stat`) ?? '')
      } catch (error) {
        return error.code === 'ESRCH'
      }
    })
  }

  // ---- life

  let failures = 0
  function guarded(work) {
    try {
      work()
      failures = 0
    } catch {
      failures++
    }
  }

  function isTool() {
    try {
      return argv[1] !== undefined && NOT_THE_SERVICE.test(realpathSync(argv[1]))
    } catch {
      return false
    }
  }

  let nextFlush = now() + FIRST_FLUSH

  function flushInTime() {
    if (now() < nextFlush) return
    const before = hrtime()
    flush('flush')
    const [seconds, nanoseconds] = hrtime(before)
    nextFlush = now() + Math.max(FLUSH, (seconds * 1000 + nanoseconds / 1e6) * SHARE)
  }

  function tick() {
    guarded(look)
    guarded(flushInTime)
    for (const [kind, { ends }] of running) if (now() >= ends) guarded(() => endProfile(kind))
    if (failures > MOST_FAILURES) stopEvery(timer)
  }

  function leave() {
    for (const kind of running.keys()) guarded(() => endProfile(kind))
    guarded(() => flush('bye'))
  }

  // npm, yarn and corepack start the service; they are not it.
  if (isTool()) return
  // Where nothing can be written there is nothing to gather for.
  if (!event('hello', { node: version })) return
  if (env.NODE_V8_COVERAGE) {
    notice('The service gathers its own coverage (NODE_V8_COVERAGE); counters cannot be read twice, so its own has them.')
  } else if (env.MAYFLY_MEASURE_COVERAGE !== 'off') {
    // A profile alone is not taken of slower code: V8 optimises nothing while it counts blocks.
    enable('Profiler')
    ask('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
    covering = true
  }
  // What was asked before it was born concerns it too: whoever asked may have seen its hello and wait.
  guarded(look)
  // One more listener must not be the one that Node.js warns about.
  if (process.getMaxListeners() > 0) process.setMaxListeners(process.getMaxListeners() + 1)
  process.on('exit', leave)
  const timer = setInterval(tick, LOOK)
  timer.unref()
}

if (env.MAYFLY_MEASURE) {
  try {
    start(env.MAYFLY_MEASURE)
  } catch {
    // The service matters more than what is measured of it.
  }
}
