import { LABEL } from '@mayfly/core'
import type { Isolated } from '@mayfly/project'

/** How one running service is asked for its coverage, read back from its label. */
export interface CoverageSpec {
  service: string
  kind: 'node' | 'file'
  /** In its container; empty for `node`. */
  file: string
  dump: string[]
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
  const [dump, paths] = [field('dump'), field('paths')]
  return {
    service,
    kind,
    file: text(field('file')),
    dump: Array.isArray(dump) ? dump.map(text) : [],
    paths:
      typeof paths === 'object' && paths !== null ? Object.fromEntries(Object.entries(paths).map(([a, b]) => [a, text(b)])) : {},
    directory: text(field('directory')),
  }
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
    const list = (name: string) => {
      const items: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
      return Array.isArray(items) ? items.map(text) : []
    }
    return [{ service, results: list('results'), coverage: list('coverage') }]
  })
}
