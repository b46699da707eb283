import { fileURLToPath } from 'node:url'

/**
 * The file that goes into a service's container, for Node.js 18 and newer. It is CommonJS without dependencies and is
 * shipped as it is. While it gathers, V8 runs nothing optimised (`Profiler.startPreciseCoverage` in the DevTools protocol): what
 * waits for others is hardly slower, what computes is, several times in Node.js 24. Nothing that it is in is to be timed.
 */
export function hookFile(): string {
  return fileURLToPath(new URL('./hook.cjs', import.meta.url))
}
