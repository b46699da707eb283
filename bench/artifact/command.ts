import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleCommand as bundle, bundleRuntime } from '../../scripts/bundle.ts'

/**
 * Bundles the command from the sources as they are now into a folder of its own: dist/ may be old, or be made anew while
 * this runs. esbuild is found as an installed command finds it. Returns the file to start.
 */
export async function bundleCommand(folder: string): Promise<string> {
  await bundle(folder)
  await bundleRuntime(folder)
  await symlink(join(import.meta.dirname, '..', '..', 'node_modules'), join(folder, 'node_modules'))
  return join(folder, 'cli.mjs')
}
