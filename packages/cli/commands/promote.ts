import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registriesOf } from '@mayfly/artifact'
import { command, silent, UserError } from '@mayfly/core'
import { describeStep } from '@mayfly/environment'
import {
  type Checkout,
  checkoutRevision,
  promote as goOn,
  type Promotion,
  planPromotion,
  preparePromotion,
  promoteMeans,
} from '@mayfly/pipeline'
import { environmentOf, userOf, withLogs } from '../named.ts'
import type { Options } from '../options.ts'
import { answer, table, terminalLog } from '../terminal.ts'
import { needLedger, withEngine } from '../where.ts'

/** `mayfly promote production --from staging`, or `mayfly promote production web@1.4.3 api@2.0.0`. */
export async function promote(options: Options): Promise<number> {
  const log = terminalLog(options)
  const trustedKeys = await Promise.all(options.trust.map((file) => readFile(file, 'utf8')))
  const registries = registriesOf(options.environment, log)
  const means = promoteMeans(() => needLedger(options, log), registries, { registry: options.registry, trustedKeys, log })
  const { target, repository } = await environmentOf(options)
  if (target.kind === 'preview') {
    throw new UserError(`${target.id} is a preview.`, { cure: 'Name an environment such as staging or production.' })
  }
  const artifacts = options.artifacts === undefined ? undefined : await readFile(options.artifacts, 'utf8')
  const temp = await mkdtemp(join(tmpdir(), 'mayfly-promote-'))
  const promotion: Promotion = {
    target,
    repository: { server: repository.server, name: repository.name },
    sources: {
      from: options.from,
      versions: options.positionals.slice(1),
      artifacts,
    },
    revision: options.revision,
    checkout: (revision, pullRequest) => fetchLocally(options, temp, { revision, pullRequest, repository: repository.name }),
    read: { composeFile: options.file, profiles: options.profiles, env: options.env, path: options.environment.PATH },
    requireTested: options.requireTested,
    means,
    timeout: options.timeout,
    run: '',
    by: userOf(options),
    log,
  }
  try {
    return await withEngine(options, async (engine) => {
      const promotable = await log.group('Read the project', () => preparePromotion(engine, promotion))
      const { revision } = promotable
      if (options.dryRun) {
        const { steps, notices } = await planPromotion(engine, promotion, promotable)
        answer(options, { environment: target.id, revision, steps, notices }, steps.map(describeStep).join('\n'))
        return 0
      }
      const done = await withLogs(options, () => log.group('Deploy', () => goOn(engine, promotion, promotable)))
      for (const notice of done.notices) log.warn(notice)
      const { services, steps, notices } = done
      const rows = services.map((service) => [service.name, service.action, service.urls[0] ?? '', service.artifact])
      answer(options, { environment: target.id, revision, services, steps, notices }, table(rows))
      return 0
    })
  } finally {
    await rm(temp, { recursive: true, force: true })
  }
}

/**
 * The commit from the clone at hand, in a folder of its own: what is being worked on is not what was tested. The project may
 * be a folder of the repository.
 */
async function fetchLocally(
  { directory, environment }: Options,
  temp: string,
  wanted: { revision: string; pullRequest: number | undefined; repository: string },
): Promise<Checkout> {
  const asked = ['git', '-C', directory, 'rev-parse', '--show-toplevel', '--show-prefix'] as const
  const { stdout } = await command(asked, { env: { PATH: environment.PATH ?? '', HOME: environment.HOME ?? '' } })
  const [url = directory, prefix = ''] = stdout.split('\n')
  const place = { workspace: join(temp, 'none'), temp, serverUrl: '', url, token: '' }
  const checkout = await checkoutRevision({ ...place, environment, log: silent, ...wanted })
  return { ...checkout, root: join(checkout.root, prefix) }
}
