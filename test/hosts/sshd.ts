import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { command } from '@mayfly/core'

/** A real sshd on loopback, with keys of its own. */
export interface Sshd {
  /** `ssh://user@127.0.0.1:port`. */
  url: string
  privateKey: string
  knownHosts: string
  close(): Promise<void>
}

export async function startSshd(): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-sshd-'))
  const env = { PATH: process.env.PATH ?? '' }
  for (const name of ['host', 'user']) {
    const made = await command(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)], { env })
    if (made.code !== 0) throw new Error(made.stderr)
  }
  const port = await freePort()
  await writeFile(join(folder, 'authorized_keys'), await readFile(join(folder, 'user.pub')), { mode: 0o600 })
  await writeFile(
    join(folder, 'sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(folder, 'host')}`,
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
      `PidFile ${join(folder, 'pid')}`,
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'UsePAM no',
      'StrictModes no',
      // Where `docker` is on this machine is not where a login shell looks on every machine.
      `SetEnv PATH=${process.env.PATH ?? ''}`,
      '',
    ].join('\n'),
  )
  // sshd starts itself anew for each connection and so wants its whole path; without root's runtime folder it refuses to.
  await command(['mkdir', '-p', '/run/sshd'], { env })
  const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'sshd_config')], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  while (!(await isOpen(port))) if (server.exitCode !== null) throw new Error('sshd ended')
  const hostKey = (await readFile(join(folder, 'host.pub'), 'utf8')).split(' ').slice(0, 2).join(' ')
  return {
    url: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    privateKey: await readFile(join(folder, 'user'), 'utf8'),
    knownHosts: `[127.0.0.1]:${port} ${hostKey}\n`,
    close: async () => {
      server.kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1', () => {
      probe.destroy()
      resolve(true)
    }).once('error', () => resolve(false))
  })
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
