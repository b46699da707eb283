import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shortHash, UserError } from '@mayfly/core'
import { importDebian } from './debian-image.ts'
import type { Machine } from './machine.ts'
import { addNode } from './node-image.ts'
import { must, run, step } from './step.ts'

/** Says of an image that it was built here because its registry cannot be reached, and from what: an older recipe's image is replaced. */
const STAND_IN = 'dev.mayfly.stand-in'
const RECIPE = 'dev.mayfly.stand-in.recipe'

export const DEBIAN = 'debian:trixie-slim'

/** The images that the examples, the tests and the gateway name, the base of all first, and the folder that builds a stand-in of each. */
export const IMAGES: readonly (readonly [reference: string, folder: string])[] = [
  [DEBIAN, 'debian'],
  ['node:24-slim', 'node'],
  ['caddy:2', 'caddy'],
  ['postgres:17-alpine', 'postgres'],
  ['nginx:alpine', 'nginx'],
]

/** How long the first pull may take before the registry counts as out of reach, and how long each one after it, in seconds. */
const FIRST_PULL = 90
const NEXT_PULL = 600

/** Pulls each image that the engine lacks; where no registry is in reach, builds it from Debian's packages under the same name. */
export async function ensureImages(machine: Machine): Promise<void> {
  const present = await Promise.all(IMAGES.map(([reference, folder]) => isPresent(reference, folder)))
  const missing = IMAGES.filter((_, index) => !present[index])
  let reach: { pulls: boolean; reason: string } | undefined
  for (const [reference, folder] of missing) {
    if (reach?.pulls !== false) {
      reach = await step(`Pulling ${reference}`, () => pull(reference, reach ? NEXT_PULL : FIRST_PULL))
      if (reach.pulls) continue
      console.log(`  It cannot be pulled (${reach.reason}), so what is missing is built from Debian's packages.`)
    }
    const before = await idOf(reference)
    await step(`Building ${reference}`, () => build(reference, folder, machine))
    // What an older recipe built goes, unless a container still runs it.
    if (before !== '' && before !== (await idOf(reference))) await run(['docker', 'image', 'rm', before])
  }
}

/** An image from a registry is taken as it is; one of ours only if it is what would be built now. */
async function isPresent(reference: string, folder: string): Promise<boolean> {
  const format = `{{index .Config.Labels "${STAND_IN}"}} {{index .Config.Labels "${RECIPE}"}}`
  const image = await run(['docker', 'image', 'inspect', '--format', format, reference])
  const [standIn, recipe] = image.stdout.trim().split(' ')
  return image.code === 0 && (standIn !== 'true' || recipe === (await recipeOf(folder)))
}

async function idOf(reference: string): Promise<string> {
  return (await run(['docker', 'image', 'inspect', '--format', '{{.Id}}', reference])).stdout.trim()
}

/** A hash of everything in this repository that decides how a stand-in comes out. */
async function recipeOf(folder: string): Promise<string> {
  const scripts = folder === 'node' ? ['debian-image.ts', 'node-image.ts'] : ['debian-image.ts']
  const context = join('images', folder)
  const names =
    folder === 'debian' ? [] : (await readdir(join(import.meta.dirname, context))).sort().map((name) => join(context, name))
  const texts = await Promise.all([...scripts, ...names].map((name) => readFile(join(import.meta.dirname, name), 'utf8')))
  return shortHash([...texts, folder === 'node' ? process.version : ''].join('\0'), 16)
}

async function pull(reference: string, seconds: number): Promise<{ pulls: boolean; reason: string }> {
  const result = await run(['timeout', String(seconds), 'docker', 'pull', '--quiet', reference])
  const said = result.stderr.trim().split('\n').at(-1) ?? ''
  return { pulls: result.code === 0, reason: result.code === 124 ? `not done after ${seconds} s` : said }
}

async function build(reference: string, folder: string, machine: Machine): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'mayfly-image-'))
  try {
    const labels = [`${STAND_IN}=true`, `${RECIPE}=${await recipeOf(folder)}`]
    if (folder === 'debian') return await importDebian(context, reference, labels, machine)
    await cp(join(import.meta.dirname, 'images', folder), context, { recursive: true })
    if (folder === 'node') await addNode(context)
    // The engine's own builder, which sees the base that is only here; the host's network, because a bridge may not reach the mirror.
    const options = [
      '--builder',
      'default',
      '--network',
      'host',
      '--quiet',
      '--tag',
      reference,
      ...labels.flatMap((label) => ['--label', label]),
    ]
    await must(['docker', 'buildx', 'build', ...options, context])
  } catch (error) {
    throw new UserError(
      `${reference} can be neither pulled nor built here: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    )
  } finally {
    await rm(context, { recursive: true, force: true })
  }
}
