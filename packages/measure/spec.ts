import { LABEL } from '@mayfly/core'
import type { Isolated } from '@mayfly/project'

/** How one running service is asked for its coverage, read back from its label. */
export interface CoverageSpec {
  service: string
  kind: 'node' | 'file'
  /** In its container; empty for `node`. */
  file: string
  dump: string[]
  /** What runs while it is measured; empty: its own command. */
  command: string[]
  /** Variables that it has while it is measured. */
  environment: Record<string, string>
  /** Folders of its container to folders of the repository. */
  paths: Record<string, string>
  /** Where its sources are in the repository; empty: at its root. */
  directory: string
}

/** The services that are asked, and those that are not with the reason. */
export function coverageSpecs(isolated: Isolated): { asked: CoverageSpec[]; others: { service: string; why: string }[] } {
  const asked: CoverageSpec[] = []
  const others: { service: string; why: string }[] = []
  for (const { name } of isolated.services) {
    const spec = readSpec(name, isolated.model.services[name]?.labels?.[LABEL.coverage] ?? '')
    if (spec !== undefined) asked.push(spec)
    else others.push({ service: name, why: 'It is a ready image, or x-mayfly.coverage says none.' })
  }
  return { asked, others }
}

function readSpec(service: string, label: string): CoverageSpec | undefined {
  if (label === '') return undefined
  // A recorded model is Compose's own: a dollar stands there twice.
  const value: unknown = JSON.parse(label.replaceAll('$$', '$'))
  const field = (name: string): unknown => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined)
  const kind = field('kind')
  if (kind !== 'node' && kind !== 'file') return undefined
  return {
    service,
    kind,
    file: text(field('file')),
    dump: texts(field('dump')),
    command: texts(field('command')),
    environment: mapping(field('environment')),
    paths: mapping(field('paths')),
    directory: text(field('directory')),
  }
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text) : []
}

function mapping(value: unknown): Record<string, string> {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, text(item)]))
    : {}
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** What a test service leaves behind: absolute paths in its container. */
export interface TestService {
  service: string
  results: string[]
  coverage: string[]
}

/** The test services of a model. */
export function testServices(isolated: Isolated): TestService[] {
  return Object.entries(isolated.model.services).flatMap(([service, { labels }]) => {
    const label = labels?.[LABEL.test] ?? ''
    if (labels?.[LABEL.role] !== 'test' || label === '') return []
    const value: unknown = JSON.parse(label.replaceAll('$$', '$'))
    const list = (name: string) => texts(typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined)
    return [{ service, results: list('results'), coverage: list('coverage') }]
  })
}
