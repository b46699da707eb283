/** What one artifact was made of, and how: everything that is known when it is made. */
export interface Made {
  /** Such as `shop/web`. */
  name: string
  version: string
  /** `sha256:...` of the manifest. */
  digest: string
  /** With its host, such as `ghcr.io/acme/shop/web`. */
  repository: string
  /** URL of the repository that holds the source. */
  source: string
  revision: string
  committedAt: Date
  /** Hash of everything that went in. */
  key: string
  base: { name: string; digest: string } | undefined
  kind: 'function' | 'build' | 'files'
  /** URL of the run; undefined by hand. */
  runUrl: string | undefined
  /** What the builder was told, such as build arguments; no secret is among them. */
  parameters: Readonly<Record<string, string>>
}

/** Version of the way in which artifacts are made, as attestations name it. */
export const BUILDER = { id: 'https://mayfly.dev/builder', version: '1' } as const

/** What referrers are attached as. */
export const ARTIFACT_TYPE = {
  sbom: 'application/vnd.cyclonedx+json',
  statement: 'application/vnd.in-toto+json',
  envelope: 'application/vnd.dsse.envelope.v1+json',
} as const

export const PREDICATE = {
  provenance: 'https://slsa.dev/provenance/v1',
  testResult: 'https://in-toto.io/attestation/test-result/v0.1',
} as const

/** The annotation that says what an in-toto document is about, so that it need not be read to be found. */
export const PREDICATE_ANNOTATION = 'in-toto.io/predicate-type'
