import { type CommandOptions, type CommandResult, command } from '@mayfly/core'

type Environment = Readonly<Record<string, string | undefined>>

/** What git is given so that it may read a private repository: by environment, for arguments can be read by everybody on the machine. */
export function credentialsOf({ serverUrl, token }: { serverUrl: string; token: string }): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${serverUrl}/.extraheader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  }
}

/** Runs git in a folder. A checkout of a pull request is hostile: its configuration must start no program of its own. */
export function git(
  root: string,
  args: readonly string[],
  environment: Environment,
  extra: Record<string, string> = {},
  options: Pick<CommandOptions, 'input'> = {},
): Promise<CommandResult> {
  const env: Record<string, string> = { GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', ...extra }
  for (const name of ['PATH', 'HOME', 'HTTPS_PROXY', 'NO_PROXY', 'SSL_CERT_FILE', 'GIT_SSL_CAINFO']) {
    const value = environment[name]
    if (value !== undefined) env[name] = value
  }
  const safe = [
    '-c',
    'core.fsmonitor=false',
    '-c',
    'core.hooksPath=/dev/null',
    '-c',
    'safe.directory=*',
    '-c',
    'protocol.ext.allow=never',
  ]
  return command(['git', '-C', root, ...safe, ...args], { env, ...options })
}
