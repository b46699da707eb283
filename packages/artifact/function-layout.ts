import type { RunConfig, TarEntry } from '@mayfly/oci'
import { FILES, HEALTH_PATH, PORT } from '@mayfly/runtime'
import type { FunctionContent } from './request.ts'

/** Where a function lies in its image. */
export const APP = 'app'

export function functionEntries({ bundle, runtime }: FunctionContent): TarEntry[] {
  const file = (name: string, bytes: Buffer): TarEntry => ({ path: `${APP}/${name}`, kind: 'file', bytes })
  return [file(FILES.runtime, Buffer.from(runtime)), file(FILES.handler, bundle.code), file(FILES.map, bundle.map)]
}

const SECOND = 1_000_000_000

/**
 * How a function runs. The user is a number because only numbers work on every base; on Node's own images 1000 is `node`.
 */
export function runOf(service: string, revision: string): RunConfig {
  const check = `require('node:http').get({port:process.env.PORT,path:'${HEALTH_PATH}',timeout:2000},(r)=>process.exit(r.statusCode===200?0:1)).on('error',()=>process.exit(1))`
  return {
    User: '1000:1000',
    Env: ['NODE_ENV=production', 'HOME=/tmp', `PORT=${PORT}`, `MAYFLY_NAME=${service}`, `MAYFLY_REVISION=${revision}`],
    WorkingDir: `/${APP}`,
    Cmd: ['node', '--enable-source-maps', `/${APP}/${FILES.runtime}`],
    ExposedPorts: { [`${PORT}/tcp`]: {} },
    Healthcheck: {
      Test: ['CMD', 'node', '-e', check],
      Interval: 30 * SECOND,
      Timeout: 5 * SECOND,
      StartPeriod: 30 * SECOND,
      StartInterval: SECOND / 5,
    },
  }
}
