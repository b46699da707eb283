import { UserError } from '@mayfly/core'
import { fieldOf, parseBounded } from './json.ts'
import { BUILDER, type Made, PREDICATE } from './made.ts'

/** in-toto.io/Statement/v1. */
const TYPE = 'https://in-toto.io/Statement/v1'

/** Who or what a statement is about. */
export interface Subject {
  /** Means what its author likes; empty where there is none. What counts is the digest. */
  name: string
  /** `sha256:...` */
  digest: string
}

/**
 * How an artifact was made: an in-toto statement with SLSA provenance (slsa.dev/provenance/v1). It holds no time of the build,
 * so that building again says the same.
 */
export function provenanceOf(made: Made): Buffer {
  const { repository, digest, source, revision, key, base, kind, parameters, runUrl } = made
  const from = base === undefined ? [] : [{ uri: `oci://${base.name}`, digest: { sha256: hexOf(base.digest) } }]
  return statement({ name: repository, digest }, PREDICATE.provenance, {
    buildDefinition: {
      buildType: `https://mayfly.dev/build/${kind}/v1`,
      // The parameters have a place of their own: a build argument that is called `revision` says nothing about the commit.
      externalParameters: { source, revision, parameters: sorted(parameters) },
      internalParameters: { key },
      resolvedDependencies: [...(source === '' ? [] : [{ uri: `git+${source}`, ...commit(revision) }]), ...from],
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
    configuration: [{ name: environment, ...commit(revision) }],
    ...(url === '' ? {} : { url }),
  })
}

function statement({ name, digest }: Subject, predicateType: string, predicate: object): Buffer {
  const subject = [{ name, digest: { sha256: hexOf(digest) } }]
  return Buffer.from(JSON.stringify({ _type: TYPE, subject, predicateType, predicate }))
}

function commit(revision: string): { digest?: { gitCommit: string } } {
  return revision === '' ? {} : { digest: { gitCommit: revision } }
}

export interface Statement {
  predicateType: string
  /** Those that have a SHA-256; there is one at least. */
  subject: Subject[]
  predicate: Readonly<Record<string, unknown>>
}

/** The largest statement that is read, in bytes. */
export const LARGEST_STATEMENT = 4 * 1024 * 1024
const MOST_SUBJECTS = 1000

/**
 * Reads a statement that somebody else may have written (in-toto attestation, "Statement layer", v1.1).
 * @throws UserError where it is none, or is about nothing that has a SHA-256.
 */
export function readStatement(bytes: Uint8Array): Statement {
  const wrong = (why: string) => new UserError(`This is no in-toto statement: ${why}.`)
  const json = parseBounded(bytes, 'in-toto statement', LARGEST_STATEMENT)
  if (fieldOf(json, '_type') !== TYPE) throw wrong('its type is another')
  const [subjects, predicateType] = [fieldOf(json, 'subject'), fieldOf(json, 'predicateType')]
  if (typeof predicateType !== 'string' || predicateType === '') throw wrong('it does not say what its predicate is')
  if (!Array.isArray(subjects)) throw wrong('it has no list of subjects')
  // What is left out here would be vouched for unseen.
  if (subjects.length > MOST_SUBJECTS) throw wrong(`it is about more than ${MOST_SUBJECTS} things`)
  const predicate = fieldOf(json, 'predicate') ?? {}
  if (typeof predicate !== 'object' || Array.isArray(predicate)) throw wrong('its predicate is no object')
  const subject = subjects.flatMap((one: unknown): Subject[] => {
    const [name, hash] = [fieldOf(one, 'name') ?? '', fieldOf(fieldOf(one, 'digest'), 'sha256')]
    if (hash === undefined) return []
    if (typeof name !== 'string') throw wrong('the name of a subject is no text')
    if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) throw wrong('the SHA-256 of a subject is none')
    return [{ name, digest: `sha256:${hash}` }]
  })
  if (subject.length === 0) throw wrong('it is about nothing that has a SHA-256')
  return { predicateType, subject, predicate: Object.fromEntries(Object.entries(predicate)) }
}

function hexOf(digest: string): string {
  return digest.replace('sha256:', '')
}

function sorted(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)))
}
