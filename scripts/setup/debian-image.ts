import { cp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { debianSource, install } from './apt.ts'
import { type Machine, which, whyNoPackages } from './machine.ts'
import { must } from './step.ts'

/** What a slim image goes without: everything that is there only to be read by people, and what apt can fetch again. */
const DISPENSABLE = [
  'var/cache/apt/archives',
  'var/lib/apt/lists',
  'var/log',
  'usr/share/doc',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/man',
]

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Keeps the same out of what is installed on top; not manual pages, whose folders packages link into. */
const SLIM = {
  'etc/dpkg/dpkg.cfg.d/slim': 'path-exclude /usr/share/doc/*\npath-exclude /usr/share/locale/*\n',
  'etc/apt/apt.conf.d/slim': 'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\nAcquire::Languages "none";\n',
} as const

/**
 * Debian 13's smallest system, from the machine's own mirror, which stays the image's source of packages.
 * Certificates that this machine was told to trust are put where `update-ca-certificates` finds them:
 * a mirror behind a proxy is reached in a `RUN` as it is from here.
 */
export async function importDebian(
  folder: string,
  reference: string,
  labels: readonly string[],
  machine: Machine,
): Promise<void> {
  if (which('debootstrap') === undefined) {
    const hindrance = whyNoPackages(machine)
    if (hindrance !== undefined) throw new Error(`debootstrap is missing, and it cannot be installed because ${hindrance}.`)
    await install(['debootstrap'])
  }
  const { uri, signedBy } = await debianSource()
  const root = join(folder, 'root')
  await must(['debootstrap', '--variant=minbase', `--keyring=${signedBy}`, 'trixie', root, uri])
  for (const path of DISPENSABLE) await empty(join(root, path))
  for (const [path, text] of Object.entries(SLIM)) await writeFile(join(root, path), text)
  const trusted = process.env.NODE_EXTRA_CA_CERTS
  if (trusted) await cp(trusted, join(root, 'usr/local/share/ca-certificates/machine.crt'))
  const archive = join(folder, 'root.tar')
  await must(['tar', '--create', '--numeric-owner', '--file', archive, '--directory', root, '.'])
  const settings = [...labels.map((label) => `LABEL ${label}`), 'CMD ["bash"]', `ENV PATH=${PATH}`].flatMap((line) => [
    '--change',
    line,
  ])
  await must(['docker', 'import', ...settings, archive, reference])
}

/** The folder itself stays: dpkg and apt expect it. */
async function empty(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}
