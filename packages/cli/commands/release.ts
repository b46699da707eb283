import { needsEngine } from '@mayfly/artifact'
import { type ReleaseWanted, release as releaseAll, type ServiceRelease } from '@mayfly/release'
import type { Options } from '../options.ts'
import { read } from '../prepare.ts'
import { answer, table, terminalLog } from '../terminal.ts'
import { ledgerOf, withEngine } from '../where.ts'

/** Releases this checkout's services under the versions of their package.json files or, with --auto, of their commits. */
export async function release(options: Options): Promise<number> {
  const log = terminalLog(options)
  const { request } = await log.group('Read the project', () => read(options, log))
  const publishing = { ledger: await ledgerOf(options, log), registries: request.registries, log }
  const wanted: ReleaseWanted = { version: options.auto ? 'auto' : 'package' }
  const work = (engine: Parameters<typeof releaseAll>[1]['engine']) => releaseAll(publishing, { ...request, engine }, wanted)
  const released: ServiceRelease[] = await log.group('Release', () =>
    needsEngine(request.project, request.registry) ? withEngine(options, work) : work(undefined),
  )
  const rows = released.map(({ service, version, outcome, artifact }) => [
    `${service}@${version ?? ''}`,
    outcome,
    artifact.digest,
  ])
  answer(options, { revision: request.revision, released }, table(rows))
  return 0
}
