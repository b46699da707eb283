import { nothingRemoved, type Result, type ServiceResult } from '@mayfly/core'
import { commentMarker, renderComment } from '@mayfly/report'

const HOST = 'https://acme-shop-pr-12.preview.example.com'
const REVISION = '4f2a9c1d5b7e8036a1c2d3e4f5061728394a5b6c'
/** The commit before: what did not change since is not built again. */
const BEFORE = '9d03b7e2a6c14f58b0e1d2c3a4958677f8e9d0c1'

/** As packages/artifact says them. */
const REUSED = 'The same files, base and options.'
const BUILT = 'Nothing was built from these files, base and options before.'

/** The comment on a pull request of examples/shop, as a Markdown quotation: rendered by the code that writes the real one. */
export function sampleComment(): string {
  const comment = renderComment(READY).replace(`${commentMarker(READY.environment)}\n\n`, '')
  return comment
    .trimEnd()
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n')
}

function service(name: string, version: string, revision: string, digest: string, more: Partial<ServiceResult>): ServiceResult {
  const artifact = `shop/${name}@${version}-pr.12.g${revision.slice(0, 7)}`
  const common: Pick<ServiceResult, 'urls' | 'state' | 'action' | 'log'> = {
    urls: [],
    state: 'healthy',
    action: 'unchanged',
    log: '',
  }
  return { ...common, name, artifact, digest: `sha256:${digest}`, revision, ...more }
}

const READY: Result = {
  outcome: 'ready',
  environment: 'acme-shop-pr-12',
  pullRequest: 12,
  revision: REVISION,
  reason: '',
  cure: '',
  services: [
    service('web', '0.0.1', BEFORE, 'a1f04c9e27d3', { urls: [HOST], reused: true, why: REUSED }),
    service('api', '1.4.3', REVISION, '7be05512c4d8', {
      urls: [HOST.replace('acme', 'api--acme')],
      action: 'updated',
      reused: false,
      why: BUILT,
    }),
    service('db', '0.0.1', BEFORE, '5c20f1a98e37', { reused: true, why: REUSED }),
  ],
  phases: [
    { name: 'Read the project', milliseconds: 240 },
    { name: 'Build', milliseconds: 2100 },
    { name: 'Deploy', milliseconds: 1900 },
  ],
  expiresAt: '2026-11-29T12:00:00.000Z',
  notices: [],
  removed: nothingRemoved,
  runUrl: undefined,
}
