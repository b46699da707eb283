import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { command, type Log, UserError } from '@mayfly/core'
import { readInside } from './read.ts'
import type { Tools } from './request.ts'
import { NPM_OPTIONS } from './tools.ts'

/** Settings of npm that come from this machine, not from the checkout: where packages are and how to get there. */
const MACHINE_SETTINGS = ['registry', 'cafile', 'proxy', 'https-proxy', 'noproxy']

/** The same, of the environment. */
const MACHINE_VARIABLES = [
  'PATH',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
]

/** What an .npmrc of the checkout may say. Anything else could name a program to run or a file to read. */
const PROJECT_SETTINGS = /^\s*(?:(?:@[\w.-]+:)?registry|legacy-peer-deps|omit-lockfile-registry-resolved)\s*=[^$`]*$/

/**
 * Makes a function's dependencies resolvable. Returns the node_modules folder to look in besides those of the
 * checkout; undefined where those hold everything. Nothing is written into the checkout, no package's script runs.
 * @throws UserError where they cannot be installed from package.json alone.
 */
export async function installDependencies(
  directory: string,
  root: string,
  tools: Tools,
  log: Log,
  looked = lookForDependencies(directory, root),
): Promise<string | undefined> {
  const { manifest, wanted, missing } = await looked
  if (missing.length === 0) return undefined
  const shown = relative(root, directory)
  const lock = await readInside(join(directory, 'package-lock.json'), root)
  const local = missing.find((name) => /^(?:file|link|workspace):|^[./~]/.test(wanted[name] ?? ''))
  if (local !== undefined || (lock === undefined && (await isInWorkspace(directory, root)))) {
    throw new UserError(
      `${shown} depends on ${local ?? missing[0]}, which is not installed and is not to be had from package.json alone.`,
      {
        cure: 'Add a step to the workflow before Mayfly: run: npm ci --ignore-scripts',
      },
    )
  }
  const settings = (await readInside(join(directory, '.npmrc'), root)) ?? ''
  const npmrc = settings
    .split('\n')
    .filter((line) => PROJECT_SETTINGS.test(line))
    .join('\n')
  return install(
    shown,
    { 'package.json': onlyDependencies(manifest), '.npmrc': npmrc, ...(lock === undefined ? {} : { 'package-lock.json': lock }) },
    tools,
    log,
  )
}

export interface LookedFor {
  /** The text of package.json. */
  manifest: string
  /** Name to range, of all dependencies. */
  wanted: Record<string, string>
  /** Names of those that are not installed in the checkout. */
  missing: string[]
}

/** Which of a function's dependencies are installed. */
export async function lookForDependencies(directory: string, root: string): Promise<LookedFor> {
  const manifest = (await readInside(join(directory, 'package.json'), root)) ?? '{}'
  const wanted = dependenciesOf(manifest)
  return { manifest, wanted, missing: await missingOf(Object.keys(wanted), directory, root) }
}

/** In a folder named after what goes in, so that the same dependencies are installed once and lie at the same path. */
async function install(shown: string, files: Record<string, string>, tools: Tools, log: Log): Promise<string> {
  const name = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16)
  const home = join(tools.cacheDirectory, 'dependencies')
  const place = join(home, name)
  if (await exists(join(place, 'node_modules'))) return join(place, 'node_modules')
  await mkdir(home, { recursive: true })
  const work = await mkdtemp(join(home, `${name}-`))
  try {
    for (const [file, text] of Object.entries(files)) await writeFile(join(work, file), text)
    const locked = files['package-lock.json'] !== undefined
    log.info(`Installing the dependencies of ${shown}${locked ? '' : ' (no package-lock.json: the newest that fit)'}.`)
    const result = await command(['npm', locked ? 'ci' : 'install', ...NPM_OPTIONS, '--omit=dev', '--git=git'], {
      cwd: work,
      env: await environmentOf(work, tools),
    })
    if (result.code !== 0) {
      const said = result.stderr.split('\n').filter((line) => line.startsWith('npm error') && !/complete log/.test(line))
      throw new UserError(`The dependencies of ${shown} cannot be installed:\n${said.slice(0, 12).join('\n')}`, {
        cure: locked
          ? 'Run `npm ci` there by hand; commit the package-lock.json that `npm install` writes.'
          : 'Run `npm install` there by hand.',
      })
    }
    await mkdir(join(work, 'node_modules'), { recursive: true })
    // Atomic; where another run was first, its folder is as good.
    await rename(work, place).catch(() => {})
    return join(place, 'node_modules')
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** An empty home: no token of this machine is within reach of what the checkout says. */
async function environmentOf(home: string, tools: Tools): Promise<Record<string, string>> {
  const asked = await command(['npm', 'config', 'list', '--json', '--no-update-notifier'], { cwd: home, env: tools.env })
  const env: Record<string, string> = { HOME: home, npm_config_cache: join(tools.cacheDirectory, 'npm') }
  for (const name of MACHINE_VARIABLES) {
    const value = tools.env[name]
    if (value !== undefined) env[name] = value
  }
  const settings: unknown = asked.code === 0 ? JSON.parse(asked.stdout) : {}
  for (const name of MACHINE_SETTINGS) {
    const value = typeof settings === 'object' && settings !== null ? Reflect.get(settings, name) : undefined
    if (typeof value === 'string' && value !== '') env[`npm_config_${name.replaceAll('-', '_')}`] = value
  }
  return env
}

/** Without scripts, workspaces and the like: what npm is to install and nothing it could do besides. */
function onlyDependencies(manifest: string): string {
  const parsed: unknown = JSON.parse(manifest)
  const kept = [
    'name',
    'version',
    'dependencies',
    'devDependencies',
    'peerDependencies',
    'optionalDependencies',
    'overrides',
    'bundleDependencies',
  ]
  const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : []
  return JSON.stringify(Object.fromEntries(entries.filter(([name]) => kept.includes(name))))
}

function dependenciesOf(manifest: string): Record<string, string> {
  const parsed: unknown = JSON.parse(manifest)
  const found: unknown =
    typeof parsed === 'object' && parsed !== null && 'dependencies' in parsed ? parsed.dependencies : undefined
  if (typeof found !== 'object' || found === null) return {}
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

async function missingOf(names: readonly string[], directory: string, root: string): Promise<string[]> {
  const missing: string[] = []
  for (const name of names) if (!(await upwards(directory, root, join('node_modules', name, 'package.json')))) missing.push(name)
  return missing
}

/** Whether a folder above says `workspaces`: then the lock file is up there, and the packages are each other's sources. */
async function isInWorkspace(directory: string, root: string): Promise<boolean> {
  return directory !== root && upwards(dirname(directory), root, 'package-lock.json')
}

async function upwards(directory: string, root: string, file: string): Promise<boolean> {
  for (let folder = directory; ; folder = dirname(folder)) {
    if (await exists(join(folder, file))) return true
    if (folder === root || folder === dirname(folder)) return false
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
