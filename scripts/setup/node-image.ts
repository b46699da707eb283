import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from './step.ts'

/** The npm that Node 24 comes with. */
const NPM = 'npm@11.6.2'

/** Puts Node 24 and npm into a build context, both as the npm registry carries them: no other host is needed. */
export async function addNode(context: string): Promise<void> {
  if (!process.version.startsWith('v24.'))
    throw new Error(`Node ${process.version} runs this script, not 24: start it with npm run setup.`)
  await mkdir(join(context, 'bin'))
  await copyFile(process.execPath, join(context, 'bin', 'node'))
  await must(['npm', 'pack', '--silent', '--pack-destination', context, NPM], { cwd: context })
  const packed = (await readdir(context)).find((name) => name.endsWith('.tgz'))
  if (packed === undefined) throw new Error(`npm pack ${NPM} left no archive.`)
  await must(['tar', '--extract', '--file', join(context, packed), '--directory', context])
  await rm(join(context, packed))
}
