import { type Engine, execute, findHostContainer, getFiles, putFiles } from '@mayfly/engine'
import { tar } from '@mayfly/oci'
import type { Json } from './config.ts'
import { type Gateway, HOST_GATEWAY } from './gateway.ts'
import type { Route } from './routes.ts'

/** Under the default host of an environment, what was measured there is shown. Nothing else can be at a path that begins so. */
export const REPORT_PATH = '/.mayfly/report.html'

const PREFIX = '/.mayfly'
/** Inside the gateway's container, in a volume: it outlives the container, and the environment's removal takes it away. */
const FOLDER = '/config/reports'

/**
 * One route for each environment that has any: its files, or `otherwise`. Made from the other routes alone, so that what a
 * gateway runs still follows from labels. The page is shut off from the preview that shares its origin (CSP, sandbox).
 */
export function reportRoutes(routes: readonly Route[], otherwise: readonly Json[]): Json[] {
  const hosts = new Map<string, Set<string>>()
  for (const route of routes) hosts.set(route.environment, new Set([...(hosts.get(route.environment) ?? []), ...route.hosts]))
  return [...hosts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([environment, names]) => ({
      match: [{ host: [...names].sort(), path: [`${PREFIX}/*`] }],
      handle: [
        {
          handler: 'headers',
          response: {
            set: {
              'Cache-Control': ['no-cache'],
              'Content-Security-Policy': ['sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox'],
              'X-Content-Type-Options': ['nosniff'],
              'Referrer-Policy': ['no-referrer'],
            },
          },
        },
        { handler: 'rewrite', strip_path_prefix: PREFIX },
        { handler: 'file_server', root: `${FOLDER}/${environment}`, pass_thru: true },
        { handler: 'subroute', routes: otherwise },
      ],
      terminal: true,
    }))
}

/** A file beside an environment; `name` without a folder, such as `report.html`. */
export interface ReportFile {
  name: string
  bytes: Uint8Array
}

/**
 * Puts files beside an environment; those that were there under the same names are replaced.
 * @returns false where the host has no gateway.
 */
export async function placeReport(
  engine: Engine,
  environment: string,
  files: readonly ReportFile[],
  gateway: Gateway = HOST_GATEWAY,
): Promise<boolean> {
  const found = await findHostContainer(engine, gateway.container)
  if (found?.state !== 'running') return false
  const folder = `${FOLDER.slice('/config/'.length)}/${environment}`
  const archive = tar(
    files.map(({ name, bytes }) => ({ path: `${folder}/${name}`, kind: 'file' as const, bytes })),
    Math.floor(Date.now() / 1000),
  )
  await putFiles(engine, gateway.container, '/config', archive)
  return true
}

/** Takes away what was placed beside an environment; safe to repeat. @returns whether there was any. */
export async function removeReport(engine: Engine, environment: string, gateway: Gateway = HOST_GATEWAY): Promise<boolean> {
  if (!/^[a-z0-9-]+$/.test(environment)) return false
  const path = `${FOLDER}/${environment}`
  const there = await getFiles(engine, gateway.container, path)
  if (there === undefined) return false
  there.destroy()
  await execute(engine, gateway.container, ['rm', '-rf', path])
  return true
}
