import {
  ARTIFACT_TYPE,
  PREDICATE,
  PREDICATE_ANNOTATION,
  readEnvelope,
  readStatement,
  type Statement,
  sign,
  type TestResult,
  testResultOf,
  verify,
} from '@mayfly/attestation'
import { describeError, LABEL, type Labels, UserError } from '@mayfly/core'
import { type Descriptor, parseReference } from '@mayfly/oci'
import type { Placed } from '@mayfly/project'
import { attach, listReferrers, type Registry, readBlob, readManifest, type Stored } from '@mayfly/registry'

type Registries = (host: string) => Registry

/** Attaches to each built artifact how the tests against it ended. Ready images are nobody's to test here. */
export async function recordTested(
  registries: Registries,
  placed: readonly Placed[],
  result: TestResult,
  signingKey: string | undefined,
): Promise<Placed[]> {
  const built = placed.filter(({ key, revision, reference }) => key !== '' && revision !== '' && reference.includes('@'))
  if (built.length === 0) {
    throw new UserError('None of the artifacts is in a registry, so nothing can be attached to them.', {
      cure: 'Build with a registry: the input registry of actions/build.',
    })
  }
  await Promise.all(built.map((one) => attachResult(registries, one, result, signingKey)))
  return built
}

async function attachResult(
  registries: Registries,
  { reference }: Placed,
  result: TestResult,
  key: string | undefined,
): Promise<void> {
  const { registry: host, repository, digest = '' } = parseReference(reference, 'The artifact')
  const registry = registries(host)
  const stored = await readManifest(registry, repository, digest)
  if (stored === undefined) throw new UserError(`${reference} is not there any more.`, { cure: 'Build it again.' })
  const statement = testResultOf({ name: `${host}/${repository}`, digest }, result)
  const type = key === undefined ? ARTIFACT_TYPE.statement : ARTIFACT_TYPE.envelope
  await attach(registry, repository, stored.descriptor, {
    artifactType: type,
    mediaType: type,
    bytes: key === undefined ? statement : sign(statement, key),
    annotations: { [PREDICATE_ANNOTATION]: PREDICATE.testResult, ...ownerOf(stored) },
  })
}

/** Whose the artifact is, so is what is attached to it: retention keeps what does not say so. */
function ownerOf({ manifest }: Stored): Labels {
  const owner = manifest.annotations?.[LABEL.owner]
  return owner === undefined ? {} : { [LABEL.owner]: owner }
}

/**
 * Why an artifact does not count as tested; undefined where a test result that passed is attached to this very digest.
 * @param trustedKeys PEM of public keys; where there are any, the result has to be signed by one of them.
 */
export async function whyUntested(
  registries: Registries,
  placed: Placed,
  trustedKeys: readonly string[],
): Promise<string | undefined> {
  if (!placed.reference.includes('@')) return 'it is in no registry, where test results are attached'
  const { registry: host, repository, digest = '' } = parseReference(placed.reference, 'The artifact')
  const registry = registries(host)
  const reasons: string[] = []
  for (const referrer of await listReferrers(registry, repository, digest)) {
    if (referrer.annotations?.[PREDICATE_ANNOTATION] !== PREDICATE.testResult) continue
    try {
      const { predicate, subject } = await read(registry, repository, referrer, trustedKeys)
      if (!subject.some((one) => one.digest === digest)) reasons.push('a test result is about another digest')
      else if (predicate.result === 'PASSED') return undefined
      else reasons.push('its tests failed')
    } catch (error) {
      reasons.push(describeError(error).split('\n')[0] ?? '')
    }
  }
  return reasons[0] ?? 'no test result is attached to it'
}

async function read(
  registry: Registry,
  repository: string,
  referrer: Descriptor,
  trustedKeys: readonly string[],
): Promise<Statement> {
  const stored = await readManifest(registry, repository, referrer.digest)
  const layer = stored !== undefined && 'layers' in stored.manifest ? stored.manifest.layers[0] : undefined
  if (layer === undefined) throw new UserError('a test result cannot be read')
  const bytes = await readBlob(registry, repository, layer)
  const signed = referrer.artifactType === ARTIFACT_TYPE.envelope
  if (trustedKeys.length > 0) {
    if (!signed) throw new UserError('its test result is not signed')
    return verify(bytes, trustedKeys).statement
  }
  return readStatement(signed ? readEnvelope(bytes).payload : bytes)
}
