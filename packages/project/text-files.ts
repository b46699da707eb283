import { readFile } from 'node:fs/promises'
import { UserError } from '@mayfly/core'
import type { ComposeFileUse, ComposeModel, ComposeService } from './model.ts'
import type { Project } from './project.ts'

export interface TextFile {
  name: string
  content: string
}

/** Configs and secrets as text: an engine elsewhere cannot mount a file of this checkout, but Compose can carry its content. */
export async function readFiles(project: Project): Promise<Map<string, TextFile>> {
  const files = new Map<string, TextFile>()
  for (const kind of ['configs', 'secrets'] as const) {
    for (const [name, file] of Object.entries(project.model[kind] ?? {})) {
      if (file.content !== undefined) files.set(`${kind}/${name}`, { name: `${kind}_${name}`, content: file.content })
      if (file.file === undefined) continue
      const data = await readFile(file.file)
      const content = data.toString('utf8')
      if (!Buffer.from(content, 'utf8').equals(data)) {
        throw new UserError(`${kind}.${name} (${file.file}) is not text.`, { cure: 'Add a binary file to the image instead.' })
      }
      // What goes to Compose is interpolated once more.
      files.set(`${kind}/${name}`, { name: `${kind}_${name}`, content: content.replaceAll('$', '$$$$') })
    }
  }
  return files
}

/** Makes a service use the files' content in place of mounts; the files join the model. */
export function useFiles(
  service: ComposeService,
  source: ComposeService,
  files: Map<string, TextFile>,
  name: string,
  model: ComposeModel,
  id: string,
) {
  const uses: ComposeFileUse[] = []
  for (const kind of ['configs', 'secrets'] as const) {
    for (const use of source[kind] ?? []) {
      const file = files.get(`${kind}/${use.source}`)
      if (file === undefined) throw new Error(`${name} uses ${kind} ${use.source}, which the model does not hold`)
      const folder = kind === 'secrets' ? '/run/secrets/' : '/'
      const target = use.target ?? use.source
      uses.push({ ...use, source: file.name, target: target.startsWith('/') ? target : folder + target })
      model.configs = { ...model.configs, [file.name]: { name: `${id}_${file.name}`, content: file.content } }
    }
  }
  if (uses.length > 0) service.configs = uses
}
