import { readFileSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from './step.ts'

/** Whether packages can be installed here: Debian or Ubuntu, and root. Otherwise why not, as half a sentence. */
export function whyNoPackages(): string | undefined {
  if (distribution() === undefined) return 'this is neither Debian nor Ubuntu'
  return process.getuid?.() === 0 ? undefined : 'this user is not root'
}

export function distribution(): 'debian' | 'ubuntu' | undefined {
  const release = readOsRelease()
  const names = [release.ID, ...(release.ID_LIKE ?? '').split(' ')]
  return names.includes('ubuntu') ? 'ubuntu' : names.includes('debian') ? 'debian' : undefined
}

export function codename(): string {
  return readOsRelease().VERSION_CODENAME ?? ''
}

function readOsRelease(): Record<string, string> {
  try {
    const lines = readFileSync('/etc/os-release', 'utf8').split('\n')
    return Object.fromEntries(
      lines.flatMap((line) =>
        line.includes('=') ? [[line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).replace(/^"|"$/g, '')]] : [],
      ),
    )
  } catch {
    return {}
  }
}

let updated = false

/** Installs packages; the lists are read once a run. */
export async function install(...packages: string[]): Promise<void> {
  if (!updated) await must(['apt-get', 'update', '-qq'])
  updated = true
  await must(['apt-get', 'install', '--yes', '-qq', '--no-install-recommends', ...packages], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  })
}

/**
 * Adds Debian 13 beside an older Debian, from the machine's own mirror, pinned so low that nothing moves there by
 * itself: Debian 12's engine has neither BuildKit nor Compose 2.
 */
export async function addTrixie(): Promise<void> {
  const source = await debianSource()
  writeFileSync(
    '/etc/apt/sources.list.d/mayfly-trixie.sources',
    `Types: deb\nURIs: ${source.uri}\nSuites: trixie\nComponents: main\nSigned-By: ${source.signedBy}\n`,
  )
  writeFileSync('/etc/apt/preferences.d/mayfly-trixie', 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n')
  updated = false
}

/** Where this machine gets Debian's packages from: its mirror is reached, another may not be. */
export async function debianSource(): Promise<{ uri: string; signedBy: string }> {
  const folder = '/etc/apt/sources.list.d'
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.sources'))
  for (const name of names) {
    for (const stanza of (await readFile(join(folder, name), 'utf8')).split(/\n\s*\n/)) {
      const field = (key: string) => new RegExp(`^${key}:\\s*(\\S+)`, 'm').exec(stanza)?.[1]
      const uri = field('URIs')
      if (uri !== undefined && /\/debian\/?$/.test(uri)) return { uri, signedBy: field('Signed-By') ?? KEYRING }
    }
  }
  const list = await readFile('/etc/apt/sources.list', 'utf8').catch(() => '')
  const uri = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+\/debian\/?)\s/m.exec(list)?.[1]
  if (uri === undefined) throw new Error('No source of Debian packages is configured in /etc/apt.')
  return { uri, signedBy: KEYRING }
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
