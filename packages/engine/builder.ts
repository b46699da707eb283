import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '@mayfly/core'
import type { Build } from './build.ts'
import { docker, type Engine, explainEngineError } from './connect.ts'

/** What the builder left when it ended. */
export interface BuilderRun {
  ok: boolean
  /** The last lines of its progress. */
  lines: string[]
  /** Every image that a stage started from, as the builder names it. */
  bases: string[]
  stderr: string
  /** What it wrote about what it built, JSON; empty where it failed. */
  metadata: string
}

/**
 * Runs the builder to its end, whatever that is.
 * @param output what becomes of the image, as options.
 * @param quiet lines that are no news to anybody.
 */
export async function runBuilder(engine: Engine, wanted: Build, output: readonly string[], quiet?: RegExp): Promise<BuilderRun> {
  const directory = await mkdtemp(join(tmpdir(), 'mayfly-build-'))
  try {
    const metadata = join(directory, 'metadata.json')
    const lines: string[] = []
    const bases = new Set<string>()
    const options = [...argumentsOf(wanted), ...output, '--metadata-file', metadata]
    const { code, stderr } = await docker(engine, [...options, '--', wanted.context], {
      onLine: (line) => {
        lines.push(line)
        if (lines.length > 400) lines.shift()
        const base = /^#\d+ \[[^\]]*\] FROM (\S+)$/.exec(line)?.[1]
        if (base !== undefined) bases.add(base)
        const isNews = /^#\d+ (\[|ERROR|CACHED|exporting)/.test(line) && quiet?.test(line) !== true
        if (isNews) wanted.log.info(`${wanted.name}: ${line}`)
        else wanted.log.debug(`${wanted.name}: ${line}`)
      },
    })
    const written = code === 0 ? await readFile(metadata, 'utf8') : ''
    return { ok: code === 0, lines, bases: [...bases], stderr, metadata: written }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function argumentsOf(wanted: Build): string[] {
  const args = [
    'buildx',
    'build',
    '--builder',
    'default',
    '--progress',
    'plain',
    '--provenance=false',
    '--file',
    wanted.dockerfile,
  ]
  args.push('--build-arg', `SOURCE_DATE_EPOCH=${wanted.epoch}`)
  for (const [name, value] of Object.entries(wanted.args)) args.push('--build-arg', `${name}=${value}`)
  for (const [name, value] of Object.entries(wanted.labels)) args.push('--label', `${name}=${value}`)
  for (const [name, value] of Object.entries(wanted.annotations ?? {})) args.push('--annotation', `${name}=${value}`)
  for (const secret of wanted.secrets) args.push('--secret', `id=${secret.id},src=${secret.file}`)
  for (const [name, value] of Object.entries(wanted.contexts ?? {})) args.push('--build-context', `${name}=${value}`)
  if (wanted.shmSize !== undefined) args.push('--shm-size', wanted.shmSize)
  if (wanted.network !== undefined) args.push('--network', wanted.network)
  if (wanted.noCache) args.push('--no-cache')
  if (wanted.pull) args.push('--pull')
  if (wanted.target !== undefined) args.push('--target', wanted.target)
  if (wanted.platform !== undefined) args.push('--platform', wanted.platform)
  return args
}

/**
 * The digest of what was built: of the manifest where it was pushed or the store keeps one, else of the configuration.
 * Without a push it is the image's id in the engine that built it.
 */
export function builtDigest(wanted: Build, { metadata: text }: BuilderRun): string {
  const metadata: unknown = JSON.parse(text)
  const field = (name: string): string | undefined => {
    const value = typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, name) : undefined
    return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value) ? value : undefined
  }
  const digest = field('containerimage.digest') ?? field('containerimage.config.digest')
  if (digest === undefined) throw new Error(`buildx named no digest for ${wanted.name}: ${text.slice(0, 300)}`)
  return digest
}

/** Why the builder failed, for whoever wrote the Dockerfile. */
export function builderError(wanted: Build, { lines, stderr }: BuilderRun): UserError {
  return explainEngineError(stderr) ?? buildError(wanted, lines)
}

/** BuildKit's plain progress ends in a block that repeats the failing step; what went before it is what the reader needs. */
function buildError(wanted: Build, lines: readonly string[]): UserError {
  const failed = lines.findLast((line) => /^#\d+ ERROR/.test(line))
  const step = /^#(\d+) /.exec(failed ?? '')?.[1]
  const title = step === undefined ? undefined : lines.find((line) => line.startsWith(`#${step} [`))?.replace(/^#\d+ /, '')
  const output =
    step === undefined ? lines : lines.filter((line) => line.startsWith(`#${step} `) && !line.startsWith(`#${step} [`))
  const tail = output.slice(-20).map((line) => line.replace(/^#\d+ (\d+\.\d+ )?/, ''))
  return new UserError(
    `The image of ${wanted.name} could not be built${title === undefined ? '' : `; this step failed: ${title}`}\n${tail.join('\n')}`,
    {
      cure: `Build it by hand to see all of it: ${wanted.byHand ?? `docker build --file ${wanted.dockerfile} ${wanted.context}`}`,
    },
  )
}
