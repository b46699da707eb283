import { tmpdir } from 'node:os'
import { run } from './run.ts'

/** What a docker command wrote to standard output. @throws with its last lines where it fails. */
export async function docker(...args: string[]): Promise<string> {
  return (await run(['docker', ...args], { cwd: tmpdir() })).stdout.trim()
}

/** Removes every image that carries the label, whatever it is called, and the containers that still use one. */
export async function removeImages(label: string): Promise<void> {
  const containers = lines(await docker('ps', '--all', '--quiet', '--filter', `label=${label}`))
  if (containers.length > 0) await docker('rm', '--force', '--volumes', ...containers)
  const images = lines(await docker('images', '--quiet', '--filter', `label=${label}`))
  if (images.length > 0) await docker('rmi', '--force', ...new Set(images))
}

export function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
