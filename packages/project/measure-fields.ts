import { UserError } from '@mayfly/core'
import { type FieldPath, oneLine } from './findings.ts'
import { fieldsOf, type Where } from './mayfly-fields.ts'
import type { CoverageFields, TestFields } from './project.ts'
import { isMapping } from './rule.ts'

const COVERAGE = ['file', 'dump', 'command', 'environment', 'paths']
const COVERAGE_CURE =
  'Write none, node, the path of the report in the container (/coverage/coverage.xml), or a mapping with file, dump, command, environment and paths.'

/** What is said where nothing is said: a service that is built here is asked as Node, a ready image is not. */
export const NOTHING: CoverageFields = { kind: 'none', file: '', dump: [], command: [], environment: {}, paths: {} }

/** `coverage` of one service's `x-mayfly`; undefined where nothing is said. */
export function coverageFields(value: unknown, path: FieldPath, where: Where): CoverageFields | undefined {
  if (value === undefined || value === null) return undefined
  if (value === 'none' || value === false) return { ...NOTHING, kind: 'none' }
  if (value === 'node') return { ...NOTHING, kind: 'node' }
  if (typeof value === 'string') return { ...NOTHING, kind: 'file', file: inContainer(value, path, where) }
  if (!isMapping(value)) throw new UserError(`${where(path)} is ${oneLine(value)}.`, { cure: COVERAGE_CURE })
  const fields = fieldsOf(value, path, COVERAGE, where)
  const paths = pathsField(fields.paths, [...path, 'paths'], where)
  if (fields.file === undefined) return { ...NOTHING, kind: 'node', paths }
  const file = inContainer(fields.file, [...path, 'file'], where)
  const dump = commandField(fields.dump, [...path, 'dump'], where)
  const command = commandField(fields.command, [...path, 'command'], where)
  return {
    kind: 'file',
    file,
    dump,
    command,
    environment: variablesField(fields.environment, [...path, 'environment'], where),
    paths,
  }
}

/** `test` of one service's `x-mayfly`; undefined where it is no test service. */
export function testFields(value: unknown, path: FieldPath, where: Where): TestFields | undefined {
  if (value === undefined || value === null || value === false) return undefined
  if (value === true) return { results: ['/results'], coverage: [] }
  if (!isMapping(value)) {
    throw new UserError(`${where(path)} is ${oneLine(value)}.`, {
      cure: 'Write true (its reports are then in /results), or a mapping with results and coverage, each a list of paths.',
    })
  }
  const fields = fieldsOf(value, path, ['results', 'coverage'], where)
  const list = (name: string) => listOf(fields[name], [...path, name], where)
  return { results: fields.results === undefined ? ['/results'] : list('results'), coverage: list('coverage') }
}

function listOf(value: unknown, path: FieldPath, where: Where): string[] {
  if (value === undefined || value === null) return []
  return (Array.isArray(value) ? value : [value]).map((item) => inContainer(item, path, where))
}

/** An absolute path without a way up: it is read in a container, never on the host. */
function inContainer(value: unknown, path: FieldPath, where: Where): string {
  if (typeof value === 'string' && /^\/[^\0]*[^/\0]$/.test(value) && !value.split('/').includes('..')) return value
  throw new UserError(`${where(path)} is ${oneLine(value)}, which is no absolute path in the container.`, {
    cure: 'Write a path that begins with a slash, such as /coverage/coverage.xml.',
  })
}

function commandField(value: unknown, path: FieldPath, where: Where): string[] {
  if (value === undefined || value === null) return []
  const words = typeof value === 'string' ? ['sh', '-c', value] : value
  if (Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string')) return words
  throw new UserError(`${where(path)} is ${oneLine(value)}, which is no command.`, {
    cure: 'Write a command, or a list of its words, such as ["kill", "-USR1", "1"].',
  })
}

function variablesField(value: unknown, path: FieldPath, where: Where): Record<string, string> {
  if (value === undefined || value === null) return {}
  if (isMapping(value) && Object.entries(value).every(([key, item]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) && isScalar(item))) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]))
  }
  throw new UserError(`${where(path)} is ${oneLine(value)}, which is no mapping of variables.`, {
    cure: 'Write a mapping, such as JAVA_TOOL_OPTIONS: -javaagent:/jacoco/agent.jar.',
  })
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function pathsField(value: unknown, path: FieldPath, where: Where): Record<string, string> {
  if (value === undefined || value === null) return {}
  if (!isMapping(value)) {
    throw new UserError(`${where(path)} is ${oneLine(value)}.`, { cure: 'Write a mapping, such as /app: services/api.' })
  }
  return Object.fromEntries(
    Object.entries(value).map(([from, to]) => [inContainer(from, path, where), inRepository(to, [...path, from], where)]),
  )
}

function inRepository(value: unknown, path: FieldPath, where: Where): string {
  const plain = typeof value === 'string' ? value.replace(/^\.\/|\/+$/g, '') : ''
  if (plain !== '' && !plain.startsWith('/') && !plain.split('/').includes('..')) return plain === '.' ? '' : plain
  throw new UserError(`${where(path)} is ${oneLine(value)}, which is no folder of the repository.`, {
    cure: 'Write a path relative to the repository, such as services/api, or "." for all of it.',
  })
}
