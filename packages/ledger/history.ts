import { type Entry, LedgerError } from './entry.ts'
import { FETCH, git, remoteGit } from './git.ts'
import type { Ledger } from './ledger.ts'
import { fetchEntries, REF } from './read.ts'
import { findSource, hasCommit, withStore } from './store.ts'
import { tagName } from './tag-name.ts'

/**
 * The entries whose commit is this one or has it in its history. A checkout that lacks history is no hindrance: the
 * commits alone are fetched, beside it.
 * @param commit a hash, shortened as far as it stays unique.
 * @throws LedgerError `history` where neither the checkout nor the remote knows the commit.
 */
export async function entriesOf(ledger: Ledger, commit: string): Promise<Entry[]> {
  const source = await findSource(ledger)
  return withStore(source, source.isWhole ? 'checkout' : 'nothing', async (store) => {
    const entries = await fetchEntries(ledger, store, undefined, ['--filter=tree:0'])
    const hash = await resolveCommit(ledger, store, commit)
    // The store has every entry's whole history: what is not in it is in none.
    if (!(await hasCommit(ledger, store, hash))) return []
    const found = await git(ledger, ['for-each-ref', `--contains=${hash}`, '--format=%(refname)', REF], { store })
    if (found.code !== 0) throw new Error(`git cannot follow the history of ${hash}: ${found.stderr.trim()}`)
    const holding = new Set(found.stdout.split('\n'))
    return entries.filter((entry) => holding.has(REF + tagName(entry.name, entry.version)))
  })
}

/** The full hash of a commit that the store, the checkout or the remote has. */
async function resolveCommit(ledger: Ledger, store: string, commit: string): Promise<string> {
  const unknown = (why: string) =>
    new LedgerError('history', `${JSON.stringify(commit.slice(0, 80))} ${why}.`, {
      cure: 'Write the hash of a commit that has been pushed; in full, if it is not the start of one only.',
    })
  if (!/^[0-9a-f]{4,64}$/.test(commit)) throw unknown('is not the hash of a commit')
  const parse = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{commit}`]
  const here = () => git(ledger, parse, { store })
  let found = await here()
  // In no entry's history: whether it is a commit at all, the checkout or the remote may still know.
  if (found.code !== 0) found = await git(ledger, parse)
  if (found.code !== 0 && commit.length >= 40) {
    await remoteGit(ledger, ['fetch', ...FETCH, '--filter=tree:0', '--', ledger.remote, commit], { store })
    found = await here()
  }
  const hash = found.stdout.trim()
  if (found.code !== 0 || !/^[0-9a-f]{40,64}$/.test(hash))
    throw unknown(`is no commit that this checkout or ${ledger.remote} knows`)
  return hash
}
