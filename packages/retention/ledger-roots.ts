import { type Entry, isReleaseVersion } from '@mayfly/ledger'
import type { Root } from './root.ts'

/**
 * Released versions never go by themselves: whoever named one may ask for it in a year. What a pull request published is
 * no release; it goes with its time.
 */
export function ledgerRoots(entries: readonly Entry[]): Root[] {
  return entries
    .filter((entry) => isReleaseVersion(entry.version))
    .flatMap((entry) => {
      const why = `it is the released version ${entry.name}@${entry.version}`
      return [
        { digest: entry.digest, why },
        // The same release in another store has another digest but was made of the same.
        { key: entry.key, why },
        { digest: entry.base, why: `${entry.name}@${entry.version} is built on it` },
      ]
    })
}
