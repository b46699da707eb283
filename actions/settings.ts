import { UserError } from '@mayfly/core'
import { parseDomain, parseLimits, parseRegistry, type Settings } from '@mayfly/pipeline'
import {
  choiceInput,
  durationInput,
  flagInput,
  listInput,
  optionalInput,
  readVariables,
  secretInput,
  textInput,
} from '@mayfly/runner'

/** The inputs that the actions share, as settings that need no further checks. An input an action does not declare reads as not given. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const token = secretInput('github-token') ?? ''
  if (token === '') {
    throw new UserError('The input github-token is empty.', {
      cure: 'Leave it out to use the token of the job, or pass a secret that is set.',
    })
  }
  const registry = optionalInput('registry')
  return {
    engine: readEngine(),
    reach: {
      ...parseDomain(
        textInput('domain') || 'localhost',
        choiceInput('tls', ['auto', 'internal', 'off'], 'auto'),
        'The input domain',
      ),
      limits: parseLimits(listInput('limits'), 'The input limits'),
    },
    composeFile: optionalInput('compose-file'),
    profiles: listInput('profiles'),
    env: readVariables(listInput('env'), environment, 'The input env'),
    registry: registry === undefined ? undefined : parseRegistry(registry, 'The input registry'),
    ttl: durationInput('ttl'),
    label: optionalInput('label'),
    environmentName: textInput('environment-name') || 'preview',
    timeout: durationInput('timeout') ?? 300_000,
    dryRun: flagInput('dry-run'),
    signingKey: secretInput('signing-key'),
    token,
  }
}

function readEngine(): Settings['engine'] {
  const key = secretInput('ssh-key')
  const knownHosts = optionalInput('ssh-known-hosts')
  const [ca, cert, tlsKey] = [optionalInput('tls-ca'), optionalInput('tls-cert'), secretInput('tls-key')]
  if (
    [ca, cert, tlsKey].some((given) => given !== undefined) &&
    (ca === undefined || cert === undefined || tlsKey === undefined)
  ) {
    throw new UserError('Only some of tls-ca, tls-cert and tls-key are given.', { cure: 'Give all three, as PEM text, or none.' })
  }
  return {
    host: optionalInput('host'),
    ssh: { ...(key === undefined ? {} : { key }), ...(knownHosts === undefined ? {} : { knownHosts }) },
    ...(ca !== undefined && cert !== undefined && tlsKey !== undefined ? { tls: { ca, cert, key: tlsKey } } : {}),
  }
}
