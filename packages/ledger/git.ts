import { setTimeout as wait } from 'node:timers/promises'
import { type CommandResult, command } from '@mayfly/core'
import type { Ledger } from './ledger.ts'
import { isTransient } from './refusal.ts'

const ATTEMPTS = 4
/** Of the caller's environment git gets these: where programs are, who the user is to other machines, and the way there. */
const PASSED = [
  'PATH',
  'HOME',
  'SSH_AUTH_SOCK',
  'GIT_SSH_COMMAND',
  'SSL_CERT_FILE',
  'GIT_SSL_CAINFO',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTPS_PROXY',
  'NO_PROXY',
]
/** Neither a checkout nor the user's own settings make these commands start a program or do more than they are told. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['safe.directory', '*'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['push.gpgSign', 'false'],
  ['push.followTags', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['fetch.recurseSubmodules', 'false'],
  ['fetch.writeCommitGraph', 'false'],
  ['log.showSignature', 'false'],
  // A connection over which nothing comes for a minute is dead.
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '60'],
]

/** What every fetch is told: what is asked for and nothing beside it. */
export const FETCH = ['--quiet', '--no-tags', '--no-write-fetch-head']
/** One commit, without what came before it and without files: what a tag is read or made with. */
export const ALONE = ['--depth=1', '--filter=tree:0']

export interface GitOptions {
  /** The repository to work in; by default the checkout is asked. */
  store?: string
  input?: string
}

/** Runs git on this machine. */
export function git(ledger: Ledger, args: readonly string[], options: GitOptions = {}): Promise<CommandResult> {
  return run(ledger, args, options, SETTINGS)
}

/** Runs git where it speaks to the remote; what failed by chance is tried again, so `args` must bear repetition. */
export async function remoteGit(ledger: Ledger, args: readonly string[], options: GitOptions): Promise<CommandResult> {
  for (let attempt = 1; ; attempt++) {
    const result = await run(ledger, args, options, [...SETTINGS, ...access(ledger)])
    if (result.code === 0 || attempt === ATTEMPTS || !isTransient(result.stderr)) return result
    ledger.log.debug(`git ${args[0]} failed by chance and is tried again: ${result.stderr.trim().slice(-300)}`)
    await pause(ledger, attempt)
  }
}

/** Longer from attempt to attempt, and never the same for two who failed together. */
export function pause(ledger: Ledger, attempt: number): Promise<void> {
  return wait(ledger.pause * 2 ** (attempt - 1) * (0.5 + Math.random()))
}

/** The header goes to one host alone: no redirection is followed with it, and nobody else's credential is asked for. */
function access(ledger: Ledger): readonly (readonly [string, string])[] {
  if (ledger.authorization === undefined || !/^https?:\/\//i.test(ledger.remote)) return []
  const header = `http.${new URL(ledger.remote).origin}/.extraheader`
  return [
    [header, ''],
    [header, `Authorization: ${ledger.authorization}`],
    ['http.followRedirects', 'false'],
    ['credential.helper', ''],
  ]
}

function run(ledger: Ledger, args: readonly string[], options: GitOptions, settings: readonly (readonly [string, string])[]) {
  const env: Record<string, string> = {
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    // By environment, not by argument: arguments can be read by everybody on the machine.
    GIT_CONFIG_COUNT: String(settings.length),
    ...(options.store === undefined ? {} : { GIT_DIR: options.store }),
  }
  for (const name of PASSED) {
    const value = ledger.environment[name]
    if (value !== undefined) env[name] = value
  }
  for (const [index, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return command(['git', ...args], {
    env,
    cwd: options.store ?? ledger.directory,
    ...(options.input === undefined ? {} : { input: options.input }),
  })
}
