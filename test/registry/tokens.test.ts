import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Credentials } from '@mayfly/registry'
import { hasBlob, headManifest, pushBlob } from '@mayfly/registry'
import { connect, pushImage, sourceOf, user } from './fixtures.ts'
import { type RunningRegistry, startRegistry } from './registry.ts'
import { IDENTITY, type Tokens } from './tokens.ts'

describe('tokens', () => {
  let running: RunningRegistry
  let tokens: Tokens
  before(async () => {
    running = await startRegistry({ auth: 'bearer' })
    assert.ok(running.tokens)
    tokens = running.tokens
  })
  beforeEach(() => {
    tokens.asked.length = 0
  })
  after(() => running.stop())
  const blob = () => sourceOf(randomBytes(50))

  it('are asked for once for each scope, however many want one at the same time', async () => {
    const registry = connect(running.host, user)
    await Promise.all(Array.from({ length: 6 }, () => hasBlob(registry, 'acme/web', blob().digest)))
    assert.deepEqual(tokens.asked, [{ who: 'user', scopes: ['repository:acme/web:pull'] }])
  })

  it('are asked for beforehand as soon as the registry has said that it wants them', async () => {
    const registry = connect(running.host, user)
    await hasBlob(registry, 'acme/web', blob().digest)
    const before = registry.requests
    await hasBlob(registry, 'acme/other', blob().digest)
    assert.equal(registry.requests - before, 2, 'the token and the answer')
  })

  it('for a mount name both repositories', async () => {
    const registry = connect(running.host, user)
    const one = blob()
    await pushBlob(registry, 'acme/one', one)
    await pushBlob(registry, 'acme/two', { ...one, from: ['acme/one'] })
    assert.deepEqual(tokens.asked.at(-1)?.scopes, ['repository:acme/two:pull,push', 'repository:acme/one:pull'])
  })

  it('that do not open the other repository of a mount leave an upload', async () => {
    const registry = connect(running.host, user)
    assert.equal(await pushBlob(registry, 'acme/two', { ...blob(), from: ['secret/base'] }), 'uploaded')
  })

  it('of several repositories to mount from, each is tried', async () => {
    const registry = connect(running.host, user)
    const one = blob()
    await pushBlob(registry, 'acme/one', one)
    const from = ['acme/none', 'secret/base', 'acme/one']
    assert.equal(await pushBlob(registry, 'acme/three', { ...one, from }), 'mounted')
  })

  it('that have run out are asked for once more, and no more than once', async () => {
    const registry = connect(running.host, user)
    await hasBlob(registry, 'acme/web', blob().digest)
    tokens.lifetimes.push(-200)
    assert.equal(await hasBlob(registry, 'acme/late', blob().digest), false)
    assert.equal(tokens.asked.length, 3)
    tokens.lifetimes.push(-200, -200, -200)
    await assert.rejects(hasBlob(registry, 'acme/later', blob().digest), /refuses the user mayfly \(401\)/)
    assert.equal(tokens.asked.length, 5)
    tokens.lifetimes.length = 0
  })

  it('that run out while a blob is sent make it sent again', async () => {
    const registry = connect(running.host, user)
    tokens.lifetimes.push(300, -200)
    assert.equal(await pushBlob(registry, 'acme/web', blob()), 'uploaded')
    assert.deepEqual(
      tokens.asked.map(({ scopes }) => scopes[0]),
      ['repository:acme/web:pull', 'repository:acme/web:pull,push', 'repository:acme/web:pull,push'],
    )
  })

  it('are given to nobody in particular for reading, and for writing a log-in is named', async () => {
    await pushImage(connect(running.host, user), 'acme/public', 'x', 'v1')
    const registry = connect(running.host)
    assert.notEqual(await headManifest(registry, 'acme/public', 'v1'), undefined)
    await assert.rejects(pushBlob(registry, 'acme/public', blob()), (error: Error & { cure?: string }) => {
      assert.match(error.message, /does not let an anonymous caller write to acme\/public \(401\)/)
      assert.match(error.cure ?? '', new RegExp(`docker login ${running.host}`))
      return true
    })
  })

  it('are given for an identity token, which goes to nobody but the token service', async () => {
    const identity: Credentials = async () => ({ identityToken: IDENTITY, from: 'the test' })
    assert.equal(await pushBlob(connect(running.host, identity), 'acme/web', blob()), 'uploaded')
    assert.ok(tokens.asked.every(({ who }) => who === 'identity'))
    const stale: Credentials = async () => ({ identityToken: 'stale', from: 'config.json' })
    await assert.rejects(pushBlob(connect(running.host, stale), 'acme/web', blob()), (error: Error) => {
      assert.match(error.message, /refuses the identity token \(401\), whose credentials are from config\.json/)
      assert.doesNotMatch(error.message, /stale/)
      return true
    })
  })

  it('are asked for again where their service fails, and what it says is never shown', async () => {
    tokens.instead.push({ status: 503, body: '' }, { status: 429, body: '' })
    assert.equal(await hasBlob(connect(running.host, user), 'acme/web', blob().digest), false)
    tokens.instead.push({ status: 200, body: 'token=hunter2' })
    await assert.rejects(hasBlob(connect(running.host, user), 'acme/web', blob().digest), (error: Error) => {
      assert.match(error.message, /something that is not JSON/)
      assert.doesNotMatch(String(error.stack), /hunter2/)
      assert.equal(error.cause, undefined)
      return true
    })
  })
})
