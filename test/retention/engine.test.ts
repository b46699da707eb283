import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { LABEL, silent } from '@mayfly/core'
import { connectEngine, createVolume, docker, type Engine, inspectImage, removeVolume } from '@mayfly/engine'
import { previewTarget, recordLabels, recordName } from '@mayfly/environment'
import { formatReference } from '@mayfly/oci'
import { type RetainOptions, retain } from '@mayfly/pipeline'
import { headManifest, type Registry } from '@mayfly/registry'
import { defaultPolicy, engineStore } from '@mayfly/retention'
import { type RunningRegistry, startRegistry } from '../registry/registry.ts'
import { type SecondEngine, startContainerdEngine, whyNoSecondEngine } from '../stores/engine.ts'
import { connect, OWNER, push } from './images.ts'

const DAY = 86_400_000
const NAME = `mayfly-retention-test-${process.pid}`

/** The classic store on the machine's engine, containerd's on an engine of its own. */
for (const kind of ['classic', 'containerd'] as const) {
  const skip = kind === 'containerd' ? whyNoSecondEngine() : undefined
  describe(`retention over the ${kind} image store and a registry together`, { skip: skip ?? false }, () => {
    let engine: Engine
    let second: SecondEngine | undefined
    let running: RunningRegistry
    let registry: Registry
    const volumes: string[] = []
    before(async () => {
      second = kind === 'containerd' ? await startContainerdEngine() : undefined
      engine = second?.engine ?? (await connectEngine({ host: undefined }, process.env))
      running = await startRegistry()
      registry = connect(running.host)
    })
    after(async () => {
      await say('rm', '--force', `${NAME}-container`)
      for (const name of volumes) await removeVolume(engine, name)
      const { stdout } = await docker(engine, ['images', '--quiet', '--no-trunc', '--filter', `label=${LABEL.owner}=${OWNER}`])
      const images = [...new Set(stdout.split('\n').filter(Boolean))]
      if (images.length > 0) await docker(engine, ['rmi', '--force', ...images])
      await (second?.stop() ?? engine.close())
      await running.stop()
    })

    async function say(...args: string[]): Promise<string> {
      return (await docker(engine, args)).stdout.trim()
    }

    /** An image that only the engine has, made now. */
    async function make(name: string, labels: Record<string, string> = {}): Promise<string> {
      const said = Object.entries({ [LABEL.owner]: OWNER, 'made.for': name, ...labels }).map(
        ([key, value]) => `LABEL ${key}=${value}\n`,
      )
      const built = await docker(engine, ['build', '--quiet', '--tag', `${NAME}/${name}:1`, '-'], {
        input: `FROM scratch\n${said.join('')}`,
      })
      assert.equal(built.code, 0, built.stderr)
      // What the builder says is the config's digest, in either store.
      return (await inspectImage(engine, `${NAME}/${name}:1`))?.id ?? ''
    }

    /** In the registry and pulled from there by its digest, as a deployment does. */
    async function pull(name: string): Promise<{ digest: string; reference: string }> {
      const { digest } = await push(registry, 'shop/app', { name, tags: [name], created: new Date() })
      const reference = formatReference({ registry: running.host, repository: 'shop/app', tag: undefined, digest })
      const pulled = await docker(engine, ['pull', '--quiet', reference])
      assert.equal(pulled.code, 0, pulled.stderr)
      return { digest, reference }
    }

    async function record(number: number, image: string): Promise<void> {
      const reach = { domain: 'localhost', listen: 80, tls: 'off' as const, limits: { memory: 1, cpus: 1, pids: 1 } }
      const target = previewTarget('github.com', `retentiontest/shop-${process.pid}`, number, reach)
      const deployedAt = new Date()
      const labels = recordLabels(target, {
        revision: '',
        deployedAt,
        ttl: undefined,
        run: '',
        reason: 'deploy',
        by: '',
        pullRequest: number,
        placed: [],
        model: { services: { app: { image } } },
        networks: undefined,
      })
      const name = recordName(target, deployedAt)
      volumes.push(name)
      await createVolume(engine, name, labels)
    }

    function run(more: Partial<RetainOptions> = {}) {
      return retain({
        owner: OWNER,
        engines: [engine],
        registries: [{ registry, repositories: ['shop/app'] }],
        packages: undefined,
        github: undefined,
        ledger: async () => [],
        policy: { ...defaultPolicy, keepLast: 0 },
        dryRun: false,
        log: silent,
        now: () => new Date(Date.now() + 30 * DAY),
        ...more,
      })
    }

    const has = async (reference: string) => (await inspectImage(engine, reference)) !== undefined
    const inRegistry = async (digest: string) => (await headManifest(registry, 'shop/app', digest)) !== undefined

    it('deletes what no container and no record names, here and there, and nothing else', async () => {
      const unused = await make('unused')
      const dangling = await make('dangling')
      await say('tag', unused, `${NAME}/unused:2`)
      await make('dangling', { other: 'now' })
      const stranger = await make('stranger', { [LABEL.owner]: `${OWNER}-other` })
      const recorded = await make('recorded')
      const [runs, wanted, idle] = [await pull('runs'), await pull('wanted'), await pull('idle')]
      assert.equal((await docker(engine, ['create', '--network', 'none', '--name', `${NAME}-container`, runs.reference])).code, 0)
      await record(1, recorded)
      await record(2, wanted.reference)
      try {
        const dry = await run({ dryRun: true })
        assert.ok(dry.items.filter(({ outcome }) => outcome === 'would go').length >= 4)
        // containerd's store keeps no image that lost its last name.
        assert.deepEqual(
          [await has(unused), await has(dangling), await inRegistry(idle.digest)],
          [true, kind === 'classic', true],
        )
        const young = await run({ now: () => new Date(), registries: [] })
        assert.deepEqual(
          young.items.filter(({ outcome }) => outcome !== 'kept'),
          [],
        )
        const result = await run()
        assert.equal(result.stopped, '')
        assert.deepEqual(
          [
            await has(unused),
            await has(dangling),
            await has(`${NAME}/dangling:1`),
            await has(idle.reference),
            await inRegistry(idle.digest),
          ],
          [false, false, false, false, false],
        )
        assert.deepEqual(
          [await has(stranger), await has(recorded), await has(runs.reference), await has(wanted.reference)],
          Array(4).fill(true),
        )
        assert.deepEqual([await inRegistry(runs.digest), await inRegistry(wanted.digest)], [true, true])
        const again = await run()
        assert.deepEqual(
          again.items.map(({ outcome }) => outcome).filter((outcome) => outcome !== 'kept'),
          [],
        )
      } finally {
        await say('rmi', '--force', stranger)
      }
    })

    it('leaves an image with all of its tags where a container was made of it after the last look', async () => {
      const image = await make('late')
      await say('tag', image, `${NAME}/late:2`)
      const store = engineStore(engine, OWNER)
      const item = (await store.read()).items.find(({ digest }) => digest === image)
      assert.ok(item)
      await say('create', '--network', 'none', '--name', `${NAME}-late`, image, '/nothing')
      try {
        const removal = await store.remove(item)
        assert.match(typeof removal === 'object' ? removal.refused : removal, new RegExp(`${NAME}-late`))
        assert.deepEqual([await has(`${NAME}/late:1`), await has(`${NAME}/late:2`)], [true, true])
      } finally {
        await say('rm', '--force', `${NAME}-late`)
      }
      assert.deepEqual([await store.remove(item), await store.remove(item)], ['deleted', 'gone'])
    })

    // Not on the machine's own engine: other tests read every record there at this moment.
    if (kind === 'containerd')
      it('stops where a record of ours cannot be understood, with nothing deleted; another owner’s stops nothing', async () => {
        const image = await make('beside-a-broken-record')
        const name = `${NAME}_mayfly-record-broken`
        volumes.push(name)
        const labels = { [LABEL.environment]: NAME, [LABEL.role]: 'record', [LABEL.deployedAt]: 'once' }
        await createVolume(engine, name, { ...labels, [LABEL.owner]: OWNER })
        await assert.rejects(run(), new RegExp(name))
        await removeVolume(engine, name)
        assert.ok(await has(image))
        await createVolume(engine, name, { ...labels, [LABEL.owner]: `${OWNER}-other` })
        assert.equal((await run()).stopped, '')
        assert.equal(await has(image), false)
      })

    it('deletes nothing from a registry where no host was given', async () => {
      await assert.rejects(run({ engines: [] }), /No host was given/)
    })
  })
}
