import { type Artifact, buildArtifacts, needsEngine } from '@mayfly/artifact'
import type { Options } from '../options.ts'
import { read } from '../prepare.ts'
import { answer, table, terminalLog } from '../terminal.ts'
import { withEngine } from '../where.ts'

/** Builds this checkout's artifacts, into the registry where one is named. Starts nothing. */
export async function build(options: Options): Promise<number> {
  const log = terminalLog(options)
  const { request } = await log.group('Read the project', () => read(options, log))
  const make = (): Promise<Artifact[]> =>
    needsEngine(request.project, request.registry)
      ? withEngine(options, (engine) => buildArtifacts({ ...request, engine }))
      : buildArtifacts({ ...request, engine: undefined })
  const artifacts = await log.group('Build', make)
  const rows = artifacts.map(({ service, name, reference, reused }) => [service, reused ? 'reused' : 'built', name, reference])
  answer(options, { revision: request.revision, artifacts }, table(rows))
  return 0
}
