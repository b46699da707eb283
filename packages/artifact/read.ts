import { readFile, realpath, stat } from 'node:fs/promises'
import { sep } from 'node:path'
import { UserError } from '@mayfly/core'

/**
 * The text of a file of the checkout; undefined where there is none.
 * @throws UserError where it is a link that leads out of `folder`, or no plain file: a hostile `package-lock.json` could
 * be a link to a secret of this machine, which an error message would then quote, or to a device that never ends.
 */
export async function readInside(path: string, folder: string): Promise<string | undefined> {
  const real = await realpath(path).catch(() => undefined)
  if (real === undefined) return undefined
  if (!real.startsWith(`${await realpath(folder)}${sep}`) || !(await stat(real)).isFile()) {
    throw new UserError(`${path} leads to ${real}, which is no file inside of ${folder}.`, { cure: 'Put a plain file there.' })
  }
  return readFile(real, 'utf8')
}
