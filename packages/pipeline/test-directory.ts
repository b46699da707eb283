import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@mayfly/core'

/** Where the tests run. @throws UserError where that is no folder of the workspace. */
export async function testDirectory(workspace: string, directory: string): Promise<string> {
  const root = await realpath(workspace)
  const place = await realpath(join(root, directory)).catch(() => undefined)
  if (place !== undefined && (place === root || place.startsWith(`${root}/`))) return place
  throw new UserError(`The input working-directory is "${directory}", which is no folder of the workspace.`, {
    cure: 'Name a folder relative to the repository, and check it out first (actions/checkout).',
  })
}
