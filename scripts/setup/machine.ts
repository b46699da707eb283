import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What decides how something is installed and started here. */
export interface Machine {
  distribution: 'debian' | 'ubuntu' | undefined
  /** The release's name, such as `bookworm`; empty where it has none. */
  codename: string
  root: boolean
  systemd: boolean
}

export function readMachine(): Machine {
  return {
    ...parseRelease(existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''),
    root: process.getuid?.() === 0,
    // The test that sd_booted(3) names.
    systemd: existsSync('/run/systemd/system'),
  }
}

/** Reads os-release(5). Only the two themselves: their relatives have package names and mirrors of their own. */
export function parseRelease(text: string): Pick<Machine, 'distribution' | 'codename'> {
  const field = (key: string) => new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(text)?.[1] ?? ''
  const id = field('ID')
  return { distribution: id === 'debian' || id === 'ubuntu' ? id : undefined, codename: field('VERSION_CODENAME') }
}

/** Why packages cannot be installed here, as half a sentence; undefined where they can. */
export function whyNoPackages(machine: Machine): string | undefined {
  if (machine.distribution === undefined) return 'this is neither Debian nor Ubuntu'
  return machine.root ? undefined : 'this user is not root'
}

/** Where the programs of an administrator are; a shell that became root by plain `su` does not look there. */
const ADMINISTRATOR = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** The machine's search path, with the administrator's programs at its end. */
export function searchPath(path = process.env.PATH ?? ''): string {
  const folders = path.split(delimiter).filter((folder) => folder !== '')
  return [...folders, ...ADMINISTRATOR.filter((folder) => !folders.includes(folder))].join(delimiter)
}

/** The file that `program` would start, or undefined. */
export function which(program: string, path = searchPath()): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return statSync(file).isFile()
      } catch {
        return false
      }
    })
}
