import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Labels, type Log, UserError } from '@mayfly/core'
import { docker, type Engine, explainEngineError } from './connect.ts'

export interface Build {
  /** What it is called in errors. */
  name: string
  /** Absolute path of the folder that is sent. */
  context: string
  /** Absolute path. */
  dockerfile: string
  args: Readonly<Record<string, string>>
  labels: Labels
  target: string | undefined
  platform: string | undefined
  /** Build secrets: id and absolute path. */
  secrets: readonly { id: string; file: string }[]
  /** Further contexts by name: a path, or `docker-image://reference`. */
  contexts?: Readonly<Record<string, string>>
  shmSize?: string | undefined
  network?: 'none' | undefined
  noCache?: boolean
  pull?: boolean
  /** What to tell the user to run by hand, where `dockerfile` is a copy that is gone afterwards. */
  byHand?: string
  /** For reading only; nothing is deployed by it. */
  tag: string
  /** Push there instead of only keeping the image in the engine. */
  push: boolean
  /** Seconds since 1970 for SOURCE_DATE_EPOCH: the commit's time. */
  epoch: number
  log: Log
}

export interface Built {
  /** What to deploy: `sha256:...` in the engine's store, or `repository@sha256:...` after a push. */
  reference: string
  digest: string
}

/**
 * Builds one image with BuildKit on the engine itself, so that nothing has to travel afterwards.
 * @throws UserError with the step that failed and its last lines.
 */
export async function build(engine: Engine, wanted: Build): Promise<Built> {
  const directory = await mkdtemp(join(tmpdir(), 'mayfly-build-'))
  try {
    const metadata = join(directory, 'metadata.json')
    const lines: string[] = []
    const result = await docker(engine, [...argumentsOf(wanted), '--metadata-file', metadata, '--', wanted.context], {
      onLine: (line) => {
        lines.push(line)
        if (lines.length > 400) lines.shift()
        if (/^#\d+ (\[|ERROR|CACHED|exporting)/.test(line)) wanted.log.info(`${wanted.name}: ${line}`)
        else wanted.log.debug(`${wanted.name}: ${line}`)
      },
    })
    if (result.code !== 0) throw explainEngineError(result.stderr) ?? buildError(wanted, lines)
    return readMetadata(await readFile(metadata, 'utf8'), wanted)
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
  args.push('--tag', wanted.tag, wanted.push ? '--push' : '--load', '--build-arg', `SOURCE_DATE_EPOCH=${wanted.epoch}`)
  for (const [name, value] of Object.entries(wanted.args)) args.push('--build-arg', `${name}=${value}`)
  for (const [name, value] of Object.entries(wanted.labels)) args.push('--label', `${name}=${value}`)
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

function readMetadata(text: string, wanted: Build): Built {
  const metadata: unknown = JSON.parse(text)
  const field = (name: string): string | undefined => {
    const value = typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, name) : undefined
    return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value) ? value : undefined
  }
  // Classic store: the image's id is the config's digest. containerd's: there the builder names the manifest.
  const digest = wanted.push
    ? field('containerimage.digest')
    : (field('containerimage.config.digest') ?? field('containerimage.digest'))
  if (digest === undefined) throw new Error(`buildx named no digest for ${wanted.name}: ${text.slice(0, 300)}`)
  const repository = wanted.tag.replace(/:[^:/]*$/, '')
  return { digest, reference: wanted.push ? `${repository}@${digest}` : digest }
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
