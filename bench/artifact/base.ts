import { docker } from './docker.ts'

const NODE = 'node:24-slim'

/**
 * Puts the base into a repository of the registry, by docker: the engine then knows that the registry has it, and mounts it
 * into the others as Mayfly does. @returns what a package.json names: `host/base/node@sha256:...`.
 */
export async function pushBase(registry: string): Promise<string> {
  const name = `${registry}/base/node`
  await docker('tag', NODE, `${name}:24-slim`)
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(await docker('push', `${name}:24-slim`))?.[1]
  if (digest === undefined) throw new Error('docker push named no digest')
  return `${name}@${digest}`
}

/** The other names of the same image stay. */
export async function forgetBase(registry: string): Promise<void> {
  await docker('rmi', '--no-prune', `${registry}/base/node:24-slim`)
}
