import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openGateway, syncGateway } from '@mayfly/gateway'
import { loadConfig, loadedConfig } from '../../packages/gateway/caddy.ts'
import { openTestHost } from './host.ts'

it('a run that was slow cannot put its older picture over a newer one, not even for a moment', async () => {
  const host = await openTestHost('compare')
  const { engine, gateway, listen, log } = host
  try {
    await openGateway(engine, log, listen, gateway)
    const older = await loadedConfig(engine, gateway.container)
    await host.start({ environment: host.id('late'), service: 'web' })
    await syncGateway(engine, log, gateway)
    const newer = await loadedConfig(engine, gateway.container)
    assert.notEqual(newer.stamp, older.stamp)
    assert.equal(await loadConfig(engine, gateway.container, older.config, older.stamp), 'outdated')
    assert.deepEqual(await loadedConfig(engine, gateway.container), newer)
    // With the right stamp the same is taken: it was the comparison that refused it.
    assert.equal(await loadConfig(engine, gateway.container, older.config, newer.stamp), 'loaded')
    assert.deepEqual((await loadedConfig(engine, gateway.container)).config, older.config)
  } finally {
    await host.end(host.id('late'))
    await host.close()
  }
})
