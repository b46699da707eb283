import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { debianSource, install, whyNoPackages } from './apt.ts'
import { must, run, step } from './step.ts'

/** Says of an image that it was built here because its registry cannot be reached. */
const STAND_IN = 'dev.mayfly.stand-in=true'

const DEBIAN = 'debian:trixie-slim'
const contexts = join(import.meta.dirname, 'images')

/** The images that the examples, the tests and the gateway name, and the folder that builds a stand-in of each. */
const IMAGES: readonly (readonly [reference: string, folder: string])[] = [
  ['node:24-slim', 'node'],
  ['caddy:2', 'caddy'],
  ['postgres:17-alpine', 'postgres'],
  ['nginx:alpine', 'nginx'],
]

/** Pulls each image that the engine lacks; where no registry can be reached, builds it from Debian's packages under the same name. */
export async function ensureImages(): Promise<void> {
  let canPull: boolean | undefined
  for (const [reference, folder] of [[DEBIAN, 'debian'] as const, ...IMAGES]) {
    if ((await run(['docker', 'image', 'inspect', reference])).code === 0) continue
    if (canPull !== false) {
      const pulled = await step(`Pulling ${reference}`, () =>
        run(['timeout', canPull ? '300' : '60', 'docker', 'pull', '--quiet', reference]),
      )
      canPull = pulled.code === 0
      if (canPull) continue
    }
    await step(`No registry in reach; building ${reference} from packages`, () =>
      folder === 'debian' ? importDebian() : build(reference, folder),
    )
  }
}

async function importDebian(): Promise<void> {
  const hindrance = whyNoPackages()
  if (hindrance !== undefined) throw new Error(`${DEBIAN} can be neither pulled nor built, because ${hindrance}.`)
  if ((await run(['sh', '-c', 'command -v debootstrap'])).code !== 0) await install('debootstrap')
  const { uri } = await debianSource()
  const root = await mkdtemp(join(tmpdir(), 'mayfly-debian-'))
  try {
    const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
    await must(['debootstrap', '--variant=minbase', `--keyring=${keyring}`, 'trixie', root, uri])
    await must([
      'sh',
      '-c',
      'rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/* "$1"/usr/share/doc "$1"/usr/share/man "$1"/usr/share/locale',
      'sh',
      root,
    ])
    await must([
      'sh',
      '-c',
      'tar -C "$1" -c . | docker import --change "LABEL $2" --change "CMD [\\"bash\\"]" - "$3"',
      'sh',
      root,
      STAND_IN,
      DEBIAN,
    ])
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function build(reference: string, folder: string): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'mayfly-image-'))
  try {
    await cp(join(contexts, folder), context, { recursive: true })
    if (folder === 'node') await addNode(context)
    // The host's network, as the host itself reaches its mirror: a bridge may not.
    await must(['docker', 'buildx', 'build', '--network', 'host', '--load', '--label', STAND_IN, '--tag', reference, context])
  } finally {
    await rm(context, { recursive: true, force: true })
  }
}

/** Node and npm as the npm registry carries them: no other host is needed. */
async function addNode(context: string): Promise<void> {
  await mkdir(join(context, 'bin'))
  await cp(process.execPath, join(context, 'bin', 'node'))
  const { name } = packed(await must(['npm', 'pack', '--json', '--pack-destination', context, 'npm@11'], { cwd: context }))
  await must(['tar', '-C', context, '-xzf', join(context, name)])
  await rm(join(context, name))
}

function packed(text: string): { name: string } {
  const parsed: unknown = JSON.parse(text)
  const first: unknown = Array.isArray(parsed) ? parsed[0] : Object.values(Object(parsed))[0]
  const filename: unknown = typeof first === 'object' && first !== null ? Reflect.get(first, 'filename') : undefined
  if (typeof filename !== 'string') throw new Error(`npm pack named no file: ${text.slice(0, 200)}`)
  return { name: basename(filename) }
}
