import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { silent } from '@mayfly/core'
import { loadProject, type Project } from '@mayfly/project'

/** What a checkout holds: a text is a file, `{ link }` a symbolic link. Paths may climb to lie beside the checkout. */
export type Files = Readonly<Record<string, string | { link: string }>>

export interface LoadInput {
  files: Files
  composeFile?: string
  profiles?: string[]
  env?: Record<string, string>
}

/** Loads a project from a checkout that exists only for the time of the call. */
export async function load(input: LoadInput): Promise<Project> {
  const place = await realpath(await mkdtemp(join(tmpdir(), 'mayfly-policy-')))
  const root = join(place, 'checkout')
  try {
    await mkdir(root)
    for (const [name, content] of Object.entries(input.files)) {
      const path = join(root, name)
      await mkdir(dirname(path), { recursive: true })
      if (typeof content === 'string') await writeFile(path, content)
      else await symlink(content.link, path)
    }
    return await loadProject({
      root,
      composeFile: input.composeFile,
      profiles: input.profiles ?? [],
      env: input.env ?? {},
      log: silent,
    })
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}
