import { join } from 'node:path'
import { command, describeError, UserError } from '@mayfly/core'
import { release } from './release/release.ts'

/** `node scripts/release.ts 1.4.0 [--dry-run]`: what the release workflow runs, once everything else has passed. */

const root = join(import.meta.dirname, '..')
const [version = '', ...options] = process.argv.slice(2)

try {
  const unknown = options.find((option) => option !== '--dry-run')
  if (unknown !== undefined) throw new UserError(`"${unknown}" is no option of a release; --dry-run is the only one.`)
  const done = await release({ root, version, build, push: options.length === 0, secret: credentials() })
  console.log(`v${version} is ${done.commit}: ${done.files} files in dist/, the same in two builds.`)
  for (const tag of done.tags) console.log(`${options.length === 0 ? 'Pushed' : 'Would push'} ${tag}.`)
} catch (error) {
  console.error(describeError(error))
  process.exitCode = 1
}

async function build(): Promise<void> {
  const result = await command([process.execPath, join(root, 'scripts', 'build.ts')], { env: { PATH: process.env.PATH ?? '' } })
  if (result.code !== 0) throw new UserError(`The bundles cannot be built:\n${result.stderr.trim()}`)
}

/** By environment, not by argument or file: the checkout keeps no token. */
function credentials(): Record<string, string> {
  const { GITHUB_TOKEN: token, GITHUB_SERVER_URL: server = 'https://github.com' } = process.env
  if (token === undefined || token === '') return {}
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${server}/.extraheader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  }
}
