import { UserError } from '@mayfly/core'
import { parseDomain, parseLimits, parseRegistry, type RetentionWanted, type Settings } from '@mayfly/pipeline'
import { defaultPolicy } from '@mayfly/retention'
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

/** What may become of artifacts; undefined where only environments are cleaned. */
export function readRetention(): RetentionWanted | undefined {
  const mode = choiceInput('retention', ['off', 'plan', 'delete'], 'off')
  if (mode === 'off') return undefined
  return {
    mode,
    policy: {
      grace: durationInput('grace') ?? defaultPolicy.grace,
      keepLast: countInput('keep-last', defaultPolicy.keepLast),
      protect: listInput('protect'),
      most: countInput('max-deletions', defaultPolicy.most),
    },
    hosts: listInput('hosts'),
    services: listInput('services'),
  }
}

function countInput(name: string, usual: number): number {
  const text = textInput(name)
  if (text === '') return usual
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new UserError(`The input ${name} is "${text}".`, { cure: 'Write a whole number.' })
}

/** Public keys as PEM, one after the other. */
export function readKeys(text: string | undefined): string[] {
  return text?.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? []
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
