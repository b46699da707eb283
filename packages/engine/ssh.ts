import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { Duplex } from 'node:stream'

/**
 * Makes HTTP travel through `ssh host docker system dial-stdio`, as the docker command itself does, so that
 * the user's own ssh decides about keys, agents, jump hosts and known hosts.
 */
export function sshAgent(url: URL, env: Readonly<Record<string, string>>): Agent {
  const args = [
    ...(url.username ? ['-l', decodeURIComponent(url.username)] : []),
    ...(url.port ? ['-p', url.port] : []),
    '-o',
    'BatchMode=yes',
    '--',
    url.hostname.replace(/^\[|\]$/g, ''),
    'docker system dial-stdio',
  ]
  return new SshAgent(args, env)
}

class SshAgent extends Agent {
  readonly #args: string[]
  readonly #env: Readonly<Record<string, string>>

  constructor(args: string[], env: Readonly<Record<string, string>>) {
    // One ssh process a connection: keep them, and keep them few.
    super({ keepAlive: true, maxSockets: 6, maxFreeSockets: 2 })
    this.#args = args
    this.#env = env
  }

  override createConnection(): Duplex {
    const child = spawn('ssh', this.#args, { env: this.#env, stdio: ['pipe', 'pipe', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000)
    })
    // A program that has ended no longer reads; why it ended is told below.
    child.stdin.on('error', () => {})
    const stream = new Duplex({
      read: () => void child.stdout.resume(),
      write: (chunk, _encoding, done) => void child.stdin.write(chunk, () => done()),
      final: (done) => void child.stdin.end(() => done()),
      destroy: (error, done) => {
        child.kill()
        done(error)
      },
    })
    child.stdout.on('data', (chunk) => {
      if (!stream.push(chunk)) child.stdout.pause()
    })
    child.on('error', (error) => stream.destroy(error))
    // Only now is all of standard error here: a connection that just ended would be told as "socket hang up".
    child.on('close', (code) => {
      if (code === 0 || code === null) stream.push(null)
      else stream.destroy(new Error(said.trim().split('\n').at(-1) || `ssh ended with ${code}`))
    })
    // An idle connection may break while nobody listens; the next request opens another.
    stream.on('error', () => {})
    // node:http treats what it is given as a socket; these mean nothing for a pair of pipes.
    return Object.assign(stream, {
      setTimeout: () => stream,
      setNoDelay: () => stream,
      setKeepAlive: () => stream,
      ref: () => stream,
      unref: () => stream,
    })
  }
}

/**
 * Writes an `ssh` that uses the given key and known hosts and calls the real one. The docker command offers no
 * other way to say either. Returns the folder to put first on PATH.
 */
export async function writeSshWrapper(directory: string, ssh: { key?: string; knownHosts?: string }): Promise<string> {
  const lines = ['Host *', '  StrictHostKeyChecking yes']
  if (ssh.key) {
    const path = join(directory, 'key')
    await writeFile(path, ssh.key.endsWith('\n') ? ssh.key : `${ssh.key}\n`, { mode: 0o600 })
    lines.push(`  IdentityFile ${path}`, '  IdentitiesOnly yes')
  }
  if (ssh.knownHosts) {
    const path = join(directory, 'known_hosts')
    await writeFile(path, ssh.knownHosts.endsWith('\n') ? ssh.knownHosts : `${ssh.knownHosts}\n`, { mode: 0o600 })
    lines.push(`  UserKnownHostsFile ${path}`)
  }
  await writeFile(join(directory, 'ssh_config'), `${lines.join('\n')}\n`, { mode: 0o600 })
  const script = `#!/bin/sh\nPATH="\${PATH#*:}"\nexec ssh -F "${directory}/ssh_config" "$@"\n`
  await writeFile(join(directory, 'ssh'), script, { mode: 0o700 })
  return directory
}
