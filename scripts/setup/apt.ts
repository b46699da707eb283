import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lastLines, run } from './step.ts'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const SOURCE = '/etc/apt/sources.list.d/mayfly-trixie.sources'
const PIN = '/etc/apt/preferences.d/mayfly-trixie'

/** What apt-get said when the lists were read in this run; undefined before. */
let update: string | undefined

/**
 * Installs packages; the lists are read at most once a run. A third-party source that does not answer is no
 * reason to stop as long as the packages are found.
 */
export async function install(packages: readonly string[]): Promise<void> {
  const apt = (...args: string[]) =>
    run(['apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], { env: { DEBIAN_FRONTEND: 'noninteractive' } })
  update ??= lastLines(await apt('update'))
  const result = await apt('install', '--yes', '--no-install-recommends', ...packages)
  if (result.code !== 0) throw new Error(`apt-get install ${packages.join(' ')} failed:\n${update}\n${lastLines(result)}`)
}

/**
 * Adds Debian 13 beside Debian 12, from the machine's own mirror, pinned so low that nothing moves there by
 * itself: Debian 12's own engine has neither BuildKit's command nor Compose 2.
 */
export async function addTrixie(): Promise<void> {
  if (existsSync(SOURCE) && existsSync(PIN)) return
  const { uri, signedBy } = await debianSource()
  await writeFile(PIN, 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n')
  await writeFile(SOURCE, `Types: deb\nURIs: ${uri}\nSuites: trixie\nComponents: main\nSigned-By: ${signedBy}\n`)
  update = undefined
}

export interface Source {
  uri: string
  /** Path of the keyring that signs it. */
  signedBy: string
}

/** Where this machine gets Debian's packages from: its mirror is reached, another may not be. */
export async function debianSource(): Promise<Source> {
  const folder = '/etc/apt/sources.list.d'
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.(sources|list)$/.test(name)).sort()
  const paths = ['/etc/apt/sources.list', ...names.map((name) => join(folder, name))]
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')))
  const found = chooseSource(texts)
  if (found === undefined) throw new Error("No source of Debian's packages is configured in /etc/apt.")
  return found
}

/** The first source of Debian itself in files of either format of sources.list(5). A mirror keeps Debian under `/debian`. */
export function chooseSource(texts: readonly string[]): Source | undefined {
  const sources = texts.flatMap((text) => [...stanzas(text), ...oneLiners(text)])
  return sources.find(({ uri }) => /^(https?|file):.*\/debian\/?$/.test(uri))
}

function stanzas(text: string): Source[] {
  const plain = text.replace(/^#.*\n?/gm, '')
  return plain.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (key: string) => new RegExp(`^${key}:[ \\t]*(\\S+)`, 'mi').exec(stanza)?.[1]
    const uri = field('URIs')
    return uri === undefined || field('Enabled') === 'no' ? [] : [source(uri, field('Signed-By'))]
  })
}

function oneLiners(text: string): Source[] {
  return [...text.matchAll(/^deb[ \t]+(?:\[([^\]\n]*)\][ \t]+)?(\S+)[ \t]+\S+/gm)].map(([, options = '', uri = '']) =>
    source(uri, /signed-by=(\S+)/.exec(options)?.[1]),
  )
}

function source(uri: string, signedBy: string | undefined): Source {
  return { uri, signedBy: signedBy?.startsWith('/') ? signedBy : KEYRING }
}
