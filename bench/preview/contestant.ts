import { rm } from 'node:fs/promises'
import { command } from '@mayfly/core'
import { checkOutStack, type StackCheckout } from './checkout.ts'

/** One tool with one checkout. `up` is measured, and returns its parts where it knows them: name and milliseconds. */
export interface Contestant {
  checkout: StackCheckout
  /** Builds what the checkout holds now, so that the builder's caches and the images are there. */
  warm: () => Promise<void>
  up: () => Promise<[string, number][]>
  down: () => Promise<void>
  /** Removes whatever `warm` and pushes left behind. Safe to call at any moment. */
  clear: () => Promise<void>
}

/** Plain Compose, as a developer would type it. */
export async function compose(project: string, startInterval: boolean): Promise<Contestant> {
  const checkout = await checkOutStack(startInterval)
  const docker = async (...args: string[]) => {
    const { PATH = '', HOME = '', DOCKER_HOST } = process.env
    const env = { PATH, HOME, ...(DOCKER_HOST === undefined ? {} : { DOCKER_HOST }) }
    const result = await command(['docker', ...args], { cwd: checkout.root, env })
    if (result.code !== 0) throw new Error(`docker ${args.join(' ')}: ${result.stderr.trim().split('\n').slice(-5).join('\n')}`)
    return result.stdout.trim()
  }
  const own = (...args: string[]) => docker('compose', '--project-name', project, ...args)
  return {
    checkout,
    warm: async () => {
      await own('build', '--quiet')
    },
    up: async () => {
      await own('up', '--build', '--detach', '--wait')
      return []
    },
    down: async () => {
      await own('down', '--volumes')
    },
    clear: async () => {
      await own('down', '--volumes', '--remove-orphans', '--rmi', 'local')
      // Each push left the image before it without a name.
      const ids = await docker('images', '--quiet', '--filter', `label=com.docker.compose.project=${project}`)
      if (ids !== '') await docker('rmi', '--force', ...new Set(ids.split('\n')))
      await rm(checkout.root, { recursive: true, force: true })
    },
  }
}
