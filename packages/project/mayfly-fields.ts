import { UserError } from '@mayfly/core'
import type { FieldPath } from './findings.ts'
import { oneLine } from './findings.ts'
import { checkRoute } from './manifest.ts'
import { coverageFields, testFields } from './measure-fields.ts'
import type { ComposeModel, ComposeService } from './model.ts'
import type { CoverageFields, TestFields } from './project.ts'
import { isMapping } from './rule.ts'

/** `compose.yaml:4: services.web.x-mayfly`, for the start of a sentence. */
export type Where = (path: FieldPath) => string

export interface ServiceFields {
  port: number | undefined
  route: string | undefined
  public: boolean
  coverage: CoverageFields | undefined
  test: TestFields | undefined
}

/** The service that `x-mayfly: { default: ... }` names. */
export function defaultField(model: ComposeModel, where: Where): string | undefined {
  const fields = fieldsOf(model['x-mayfly'], ['x-mayfly'], ['default'], where)
  const name = fields.default
  if (name === undefined) return undefined
  if (typeof name === 'string' && Object.hasOwn(model.services, name)) return name
  throw new UserError(`${where(['x-mayfly', 'default'])} is ${oneLine(name)}, which is not one of the services.`, {
    cure: `Name one of ${Object.keys(model.services).join(', ')}.`,
  })
}

/** `x-mayfly: { port, route, public, coverage, test }` of one service. */
export function serviceFields(name: string, service: ComposeService, where: Where): ServiceFields {
  const path = ['services', name, 'x-mayfly']
  const fields = fieldsOf(service['x-mayfly'], path, ['port', 'route', 'public', 'coverage', 'test'], where)
  const { port, route } = fields
  if (port !== undefined && !(typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new UserError(`${where([...path, 'port'])} is ${oneLine(port)}, which is not a port.`, {
      cure: 'Write a number from 1 to 65535.',
    })
  }
  if (fields.public !== undefined && typeof fields.public !== 'boolean') {
    throw new UserError(`${where([...path, 'public'])} is ${oneLine(fields.public)}.`, { cure: 'Write true or false.' })
  }
  return {
    port,
    route: route === undefined ? undefined : checkRoute(route, where([...path, 'route'])),
    public: fields.public ?? true,
    coverage: coverageFields(fields.coverage, [...path, 'coverage'], where),
    test: testFields(fields.test, [...path, 'test'], where),
  }
}

/** The fields of a mapping, none of them unknown; empty where nothing is said. */
export function fieldsOf(value: unknown, path: FieldPath, allowed: readonly string[], where: Where): Record<string, unknown> {
  if (value === undefined || value === null) return {}
  if (!isMapping(value))
    throw new UserError(`${where(path)} is ${oneLine(value)}.`, { cure: `Write a mapping with ${allowed.join(', ')}.` })
  const unknown = Object.keys(value).find((key) => !allowed.includes(key))
  if (unknown === undefined) return value
  throw new UserError(`${where([...path, unknown])} is not known to Mayfly.`, { cure: `Write one of ${allowed.join(', ')}.` })
}
