import { type Log, UserError } from '@mayfly/core'
import type { Engine } from '@mayfly/engine'
import { deletePackageVersion, type GitHub, listOpenPullRequests, listPackageVersions, readAccount } from '@mayfly/github'
import type { Entry } from '@mayfly/ledger'
import type { Registry } from '@mayfly/registry'
import {
  engineRoots,
  engineStore,
  ghcrStore,
  ledgerRoots,
  type RetentionPolicy,
  type RetentionResult,
  type Root,
  registryStore,
  retire,
  type Store,
} from '@mayfly/retention'

export interface RetainOptions {
  /** Whose artifacts may go: `<server>/<owner>/<repository>`. */
  owner: string
  /** Every host that runs any of them. Their own stores are swept too. */
  engines: readonly Engine[]
  registries: readonly { registry: Registry; repositories: readonly string[] }[]
  /** Container packages of one account on GitHub, by name without the account. */
  packages: { registry: Registry; account: string; names: readonly string[] } | undefined
  /** Undefined: nobody is asked what is open (a run by hand), and only time decides. Needed for packages. */
  github: GitHub | undefined
  /** Reads the whole ledger. */
  ledger: () => Promise<readonly Entry[]>
  policy: RetentionPolicy
  /** Nothing is deleted, only planned. */
  dryRun: boolean
  log: Log
  now?: () => Date
}

/**
 * Deletes artifacts that nothing needs any more, from engines' stores, registries and GitHub's packages. One run per
 * repository at a time is best (a workflow's `concurrency`); two at once do no harm.
 * @throws UserError where anything cannot be read: then nothing was deleted.
 */
export async function retain(options: RetainOptions): Promise<RetentionResult> {
  const { engines, registries, packages, policy, dryRun, log, now = () => new Date() } = options
  if (engines.length === 0 && (registries.length > 0 || packages !== undefined)) {
    throw new UserError('No host was given, so it is not known what runs, and nothing is deleted.', {
      cure: 'Name every host that runs artifacts of this repository.',
    })
  }
  const stores = await storesOf(options)
  return await log.group(dryRun ? 'Looking for artifacts that could go' : 'Deleting artifacts that nothing needs', () =>
    retire({ stores, roots: () => rootsOf(options), policy, dryRun, log, now }),
  )
}

async function storesOf({ owner, engines, registries, packages, github, ledger }: RetainOptions): Promise<Store[]> {
  const entries = registries.length > 0 ? await ledger() : []
  const known = (registry: Registry) =>
    entries.flatMap(({ repository, digest }) =>
      repository.startsWith(`${registry.host}/`) ? [{ repository: repository.slice(registry.host.length + 1), digest }] : [],
    )
  return [
    ...engines.map((engine) => engineStore(engine, owner)),
    ...registries.map(({ registry, repositories }) => registryStore(registry, { owner, repositories, known: known(registry) })),
    ...(packages === undefined ? [] : [await packageStore(owner, packages, github)]),
  ]
}

async function packageStore(
  owner: string,
  { registry, account: login, names }: NonNullable<RetainOptions['packages']>,
  github: GitHub | undefined,
): Promise<Store> {
  if (github === undefined) {
    throw new UserError(`The packages of ${login} cannot be looked at without GitHub.`, {
      cure: 'Give a token that may read and delete packages (permissions: packages: write).',
    })
  }
  const account = await readAccount(github, login)
  const packages = {
    account: login.toLowerCase(),
    list: (name: string) => listPackageVersions(github, account, name),
    remove: (name: string, id: number) => deletePackageVersion(github, account, name, id),
  }
  return ghcrStore(registry, packages, { owner, packages: names })
}

async function rootsOf({ owner, engines, github, ledger }: RetainOptions): Promise<Root[]> {
  const [entries, open, ...hosts] = await Promise.all([
    ledger(),
    github === undefined ? [] : listOpenPullRequests(github),
    ...engines.map((engine) => engineRoots(engine, owner)),
  ])
  const heads = open.map(({ head, number }) => ({
    revision: head,
    why: `it was built from the head of #${number}, which is open`,
  }))
  return [...hosts.flat(), ...ledgerRoots(entries), ...heads]
}
