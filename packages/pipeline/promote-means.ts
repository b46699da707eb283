import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { registriesOf } from '@mayfly/artifact'
import { command, type Log } from '@mayfly/core'
import type { Ledger } from '@mayfly/ledger'
import type { Registry } from '@mayfly/registry'
import { carryTo, resolveReleases, whyUntested } from '@mayfly/release'
import type { Run } from './context.ts'
import type { PromoteMeans } from './promote.ts'
import { ledgerOf } from './release.ts'

/** How a promotion finds released versions and test results, and brings artifacts to the environment's own registry. */
export function promoteMeans(
  ledger: () => Promise<Ledger>,
  registries: (host: string) => Registry,
  wanted: { registry: string | undefined; trustedKeys: readonly string[]; log: Log },
): PromoteMeans {
  const { registry, trustedKeys, log } = wanted
  return {
    resolveVersions: async (names) => resolveReleases(await ledger(), registries, names),
    tested: (placed) => whyUntested(registries, placed, trustedKeys),
    ...(registry === undefined ? {} : { carry: (placed) => carryTo(registries, placed, registry, log) }),
  }
}

/** The same for a job. */
export function meansOfRun(run: Run, trustedKeys: readonly string[]): PromoteMeans {
  const { context, settings, log } = run
  const registries = registriesOf(context.environment, log)
  return promoteMeans(() => ledgerAnywhere(run), registries, { registry: settings.registry, trustedKeys, log })
}

/** A ledger is read through a repository, and a job that only promotes need not have checked one out. */
export async function ledgerAnywhere(run: Run): Promise<Ledger> {
  const { workspace, temp, environment } = run.context
  const env = { PATH: environment.PATH ?? '', HOME: environment.HOME ?? '' }
  if ((await command(['git', '-C', workspace, 'rev-parse', '--git-dir'], { env })).code === 0) return ledgerOf(run, workspace)
  const empty = join(temp, 'mayfly-ledger')
  await mkdir(empty, { recursive: true })
  await command(['git', '-C', empty, 'init', '--quiet'], { env })
  return ledgerOf(run, empty)
}
