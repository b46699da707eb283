import { UserError } from '@mayfly/core'
import { BUILDER, type Made, PREDICATE } from './made.ts'

/** Who or what a statement is about. */
export interface Subject {
  name: string
  /** `sha256:...` */
  digest: string
}

/** How an artifact was made: an in-toto statement (in-toto.io/Statement/v1) with SLSA provenance (slsa.dev/provenance/v1). */
export function provenanceOf(made: Made): Buffer {
  const { repository, digest, source, revision, key, base, kind, parameters, runUrl } = made
  const at = source === '' ? [] : [{ uri: `git+${source}`, digest: { gitCommit: revision } }]
  const from = base === undefined ? [] : [{ uri: `oci://${base.name}`, digest: { sha256: base.digest.replace('sha256:', '') } }]
  return statement({ name: repository, digest }, PREDICATE.provenance, {
    buildDefinition: {
      buildType: `https://mayfly.dev/build/${kind}/v1`,
      externalParameters: { source, revision, ...sorted(parameters) },
      internalParameters: { key },
      resolvedDependencies: [...at, ...from],
    },
    runDetails: {
      builder: { id: BUILDER.id, version: { mayfly: BUILDER.version } },
      metadata: runUrl === undefined ? {} : { invocationId: runUrl },
    },
  })
}

export interface TestResult {
  passed: boolean
  /** URL of the run that tested it. */
  url: string
  environment: string
  revision: string
}

/** That tests ran against an artifact, and how they ended (in-toto attestation, "Test Result"). */
export function testResultOf(subject: Subject, { passed, url, environment, revision }: TestResult): Buffer {
  return statement(subject, PREDICATE.testResult, {
    result: passed ? 'PASSED' : 'FAILED',
    configuration: [{ name: environment, digest: { gitCommit: revision } }],
    url,
  })
}

function statement({ name, digest }: Subject, predicateType: string, predicate: object): Buffer {
  const subject = [{ name, digest: { sha256: digest.replace('sha256:', '') } }]
  return Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate }))
}

export interface Statement {
  predicateType: string
  subject: Subject[]
  predicate: Readonly<Record<string, unknown>>
}

const LARGEST = 4 * 1024 * 1024

/** Reads a statement that somebody else may have written. @throws UserError where it is none. */
export function readStatement(bytes: Uint8Array): Statement {
  const wrong = (why: string) => new UserError(`This is no in-toto statement: ${why}.`)
  if (bytes.length > LARGEST) throw wrong('it is too large')
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    throw wrong('it is not JSON')
  }
  const field = (value: unknown, name: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  const [subjects, predicateType, predicate] = [field(json, 'subject'), field(json, 'predicateType'), field(json, 'predicate')]
  if (field(json, '_type') !== 'https://in-toto.io/Statement/v1') throw wrong('its type is another')
  if (typeof predicateType !== 'string' || !Array.isArray(subjects) || typeof predicate !== 'object' || predicate === null)
    throw wrong('a field is missing')
  const subject = subjects.slice(0, 1000).map((one: unknown): Subject => {
    const [name, hash] = [field(one, 'name'), field(field(one, 'digest'), 'sha256')]
    if (typeof name !== 'string' || typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash))
      throw wrong('a subject has no name or SHA-256')
    return { name, digest: `sha256:${hash}` }
  })
  return { predicateType, subject, predicate: Object.fromEntries(Object.entries(predicate)) }
}

function sorted(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)))
}
