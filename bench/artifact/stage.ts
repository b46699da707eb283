import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silent } from '@mayfly/core'
import { dockerCredentials, openRegistry, type Registry } from '@mayfly/registry'
import { startRegistry } from '../../test/registry/registry.ts'
import { type Arm, copyArm, type Means, mayflyArm, multiStageArm } from './arm.ts'
import { forgetBase, pushBase } from './base.ts'
import { checkOutFunction } from './checkout.ts'
import { bundleCommand } from './command.ts'
import { removeImages } from './docker.ts'

/** Everything that a measurement needs, and how it is taken away again. */
export interface Stage {
  registry: Registry
  arms: readonly Arm[]
  label: string
  /** Removes the images that docker made so far. */
  tidy: () => Promise<void>
}

/** Sets up, lets `work` use it, and removes everything, whatever comes. */
export async function onStage<T>(say: (line: string) => void, work: (stage: Stage) => Promise<T>): Promise<T> {
  const label = `dev.mayfly.bench=${process.pid}`
  // Steps back, the last first.
  const undo: (() => Promise<void>)[] = []
  try {
    const temp = await realpath(await mkdtemp(join(tmpdir(), 'mayfly-bench-')))
    undo.push(() => rm(temp, { recursive: true, force: true }))
    const { host, stop } = await startRegistry()
    undo.push(stop)
    const base = await pushBase(host)
    undo.push(() => forgetBase(host))
    undo.push(() => removeImages(label))
    say(`A registry at ${host}; installing the function's packages.`)
    await mkdir(join(temp, 'command'))
    const means: Means = { registry: host, temp, cli: await bundleCommand(join(temp, 'command')), label }
    const arms = await Promise.all(
      [mayflyArm, multiStageArm, copyArm].map(async (arm, index) =>
        arm(await checkOutFunction(join(temp, `checkout-${index}`), base), means),
      ),
    )
    for (const { name, checkout } of arms) if (name !== 'multi-stage') await checkout.install()
    const registry = openRegistry({ host, credentials: dockerCredentials({}), log: silent })
    return await work({ registry, arms, label, tidy: () => removeImages(label) })
  } finally {
    for (const step of undo.reverse())
      await step().catch((error: unknown) => say(`Not everything could be removed: ${String(error)}`))
  }
}
