import { join } from 'node:path'
import type { Tools } from './request.ts'

/** How this machine reaches the network, and no secret among it. */
const INHERITED = [
  'PATH',
  'HOME',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  // Where npm's own settings are: a mirror, a private certificate authority (setup-node sets the first).
  'NPM_CONFIG_USERCONFIG',
  'npm_config_userconfig',
  'npm_config_globalconfig',
  'NPM_CONFIG_REGISTRY',
  'npm_config_registry',
]

/** The tools of a machine whose environment this is. `folder` may outlive the run; `runtime` is the shipped one, if any. */
export function toolsOf(
  environment: Readonly<Record<string, string | undefined>>,
  folder: string,
  runtime: string | undefined,
): Tools {
  const env = Object.fromEntries(
    INHERITED.flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value] as const]
    }),
  )
  return { env, cacheDirectory: join(folder, 'mayfly'), runtime }
}

/** Asks nothing, shows no advertisement, and gives up in seconds: npm's own waits between attempts are 10 and 60 s. */
export const NPM_OPTIONS = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=4000',
] as const
