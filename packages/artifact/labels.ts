import { formatDuration, LABEL, type Labels, OCI } from '@mayfly/core'
import type { ArtifactName } from './name.ts'
import type { ArtifactRequest } from './request.ts'

/** What is said of an artifact besides who made it of what. */
export interface ArtifactFacts {
  key: string
  /** The image that it starts from; undefined where its Dockerfile says so. */
  base?: { name: string; digest: string }
  runtime?: string
  inputs?: string
  license?: string | undefined
  /** Name to semver range. */
  dependencies?: Readonly<Record<string, string>>
  /** Milliseconds; undefined: the request's. */
  ttl?: number | undefined
}

/**
 * The labels of an image that we build. Every one of our keys is written, the empty ones too: an image inherits the
 * labels of its base and of its Dockerfile, and those may be lies. None of them says when or by which run it was built:
 * the same commit gives the same bytes.
 */
export function imageLabels(request: ArtifactRequest, service: string, name: ArtifactName, facts: ArtifactFacts): Labels {
  const empty = Object.fromEntries(Object.values(LABEL).map((label) => [label, '']))
  const ttl = facts.ttl ?? request.ttl
  return {
    ...empty,
    [OCI.created]: request.committedAt.toISOString().replace(/\.\d+Z$/, 'Z'),
    [OCI.revision]: request.revision,
    [OCI.source]: request.source,
    [OCI.title]: service,
    [OCI.version]: name.version,
    ...(facts.license === undefined ? {} : { [OCI.licenses]: facts.license }),
    ...(facts.base === undefined ? {} : { [OCI.baseName]: facts.base.name, [OCI.baseDigest]: facts.base.digest }),
    [LABEL.owner]: request.owner,
    [LABEL.environment]: request.environment,
    [LABEL.kind]: request.pullRequest === undefined ? 'named' : 'preview',
    [LABEL.pullRequest]: request.pullRequest === undefined ? '' : String(request.pullRequest),
    [LABEL.revision]: request.revision,
    [LABEL.artifact]: name.name,
    [LABEL.key]: facts.key,
    [LABEL.runtime]: facts.runtime ?? '',
    [LABEL.inputs]: facts.inputs ?? '',
    [LABEL.dependencies]: sortedJson(facts.dependencies ?? {}),
    [LABEL.ttl]: ttl === undefined ? '' : formatDuration(ttl),
    [LABEL.service]: service,
  }
}

/** Without what is not said: for manifests and for configurations that inherit no label. */
export function saidOnly(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''))
}

function sortedJson(ranges: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(ranges).sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.length === 0 ? '' : JSON.stringify(Object.fromEntries(sorted))
}
