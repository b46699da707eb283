import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FunctionCheckout } from './checkout.ts'
import { after, type Ran, run } from './run.ts'

export const ARMS = ['mayfly', 'multi-stage', 'copy'] as const

export type ArmName = (typeof ARMS)[number]

/** One way from the function's sources to an image in the registry. */
export interface Arm {
  name: ArmName
  checkout: FunctionCheckout
  /** Builds and pushes, as its user would: one or two commands. */
  build: (wish: Wish) => Promise<Pushed>
}

export interface Wish {
  /** Where to, below the registry's host. */
  repository: string
  /** As if this machine had never built the function: no cache of what was built. It knows the base, as the engine does. */
  cold: boolean
  /** As if it had not installed the function's packages either: that is part of what is measured. */
  bare: boolean
}

export interface Pushed extends Ran {
  /** What was pushed, without the host. */
  repository: string
  /** Tag or digest. */
  reference: string
}

export interface Means {
  registry: string
  /** A folder that is there as long as the bench. */
  temp: string
  /** The bundled command. */
  cli: string
  /** On every image that docker makes, so that it is found again: `name=value`. */
  label: string
}

/** `mayfly build --registry`: no engine is asked. */
export function mayflyArm(checkout: FunctionCheckout, { registry, temp, cli }: Means): Arm {
  // Mayfly's own cache is below TMPDIR, npm's below HOME.
  const [tmp, home] = [join(temp, 'mayfly-tmp'), join(temp, 'mayfly-home')]
  return {
    name: 'mayfly',
    checkout,
    // What Mayfly built it finds in the registry alone: a repository that is new is as cold as it gets.
    build: async ({ repository, bare }) => {
      if (bare) await Promise.all([rm(tmp, { recursive: true, force: true }), emptyHome(checkout, home)])
      await mkdir(tmp, { recursive: true })
      const target = `${registry}/${repository}`
      const env = { TMPDIR: tmp, ...(bare ? { HOME: home } : {}) }
      const ran = await run([process.execPath, cli, 'build', '--registry', target, '--json', '-C', checkout.root], {
        cwd: temp,
        env,
      })
      return { ...ran, ...pushedBy(ran.stdout, registry) }
    },
  }
}

/** The usual Dockerfile: packages are installed and the code is bundled inside. */
export function multiStageArm(checkout: FunctionCheckout, means: Means): Arm {
  return {
    name: 'multi-stage',
    checkout,
    build: ({ repository, cold }) => dockerBuild(checkout, means, ['Dockerfile', '.'], `${repository}/api`, cold),
  }
}

/** esbuild on this machine, and a Dockerfile that only copies. */
export function copyArm(checkout: FunctionCheckout, means: Means): Arm {
  const home = join(means.temp, 'copy-home')
  // The program itself: what npm puts before it costs another start of Node.js.
  const esbuild = join(checkout.folder, 'node_modules', '@esbuild', `${process.platform}-${process.arch}`, 'bin', 'esbuild')
  const options = ['--bundle', '--platform=node', '--format=esm', '--target=node24', '--sourcemap', '--log-level=warning']
  const bundle = () => run([esbuild, 'server.ts', ...options, '--outfile=dist/server.mjs'], { cwd: checkout.folder })
  return {
    name: 'copy',
    checkout,
    build: async ({ repository, cold, bare }) => {
      if (bare) await emptyHome(checkout, home)
      const installed = bare ? await checkout.install({ HOME: home }) : undefined
      const bundled = await bundle()
      const built = await dockerBuild(checkout, means, ['copy.Dockerfile', 'dist'], `${repository}/api`, cold)
      const both = { ...built, ...after(bundled, built) }
      return installed === undefined ? both : { ...both, ...after(installed, both) }
    },
  }
}

async function dockerBuild(
  { folder }: FunctionCheckout,
  { registry, label }: Means,
  [dockerfile, context]: readonly [string, string],
  repository: string,
  cold: boolean,
): Promise<Pushed> {
  const reference = '1.4.2'
  // Not in the checkout: a folder that has a Dockerfile is no function to Mayfly.
  const file = join(import.meta.dirname, 'docker', dockerfile)
  const options = ['--file', file, '--label', label, '--tag', `${registry}/${repository}:${reference}`]
  const ran = await run(['docker', 'buildx', 'build', '--push', ...options, ...(cold ? ['--no-cache'] : []), context], {
    cwd: folder,
  })
  return { ...ran, repository, reference }
}

/** No packages in the checkout, and none in npm's cache. */
async function emptyHome(checkout: FunctionCheckout, home: string): Promise<void> {
  await checkout.uninstall()
  await rm(home, { recursive: true, force: true })
  await mkdir(home, { recursive: true })
}

/** What `mayfly build --json` says it pushed. */
function pushedBy(text: string, registry: string): { repository: string; reference: string } {
  const match = /"reference":"([^"@]+)@(sha256:[0-9a-f]{64})"/.exec(text)
  if (match?.[1] === undefined || match[2] === undefined) throw new Error(`mayfly build named no artifact: ${text}`)
  return { repository: match[1].slice(registry.length + 1), reference: match[2] }
}
