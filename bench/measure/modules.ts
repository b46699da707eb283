import type { V8ScriptCoverage } from '@mayfly/coverage'

/** Our own file (see data.ts), as V8 wrote it. */
export function isModules(value: unknown): value is { result: V8ScriptCoverage[] } {
  return typeof value === 'object' && value !== null && 'result' in value && Array.isArray(value.result)
}
