import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ComposeModel } from '../../packages/project/model.ts'
import { checkModel, SECTIONS } from '../../packages/project/policy.ts'
import { load } from './checkout.ts'

/** A model that passes, with every place that a key could be put into. */
function model(): { whole: ComposeModel; places: Record<string, Record<string, unknown>> } {
  const build = { context: '/checkout', dockerfile: 'Dockerfile' }
  const web = { image: 'caddy', build, networks: { default: null } }
  const network = { name: 'mayfly_default' }
  const volume = { name: 'mayfly_data' }
  const secret = { name: 'mayfly_token', content: 'x' }
  const whole = {
    name: 'mayfly',
    services: { web, db: { image: 'postgres' } },
    networks: { default: network },
    volumes: { data: volume },
    secrets: { token: secret },
  }
  return {
    whole,
    places: {
      'Top level': whole,
      Services: web,
      Builds: build,
      Networks: network,
      Volumes: volume,
      'Configs and secrets': secret,
    },
  }
}

const something = fc.oneof(
  fc.constant(true),
  fc.string({ minLength: 1 }),
  fc.integer({ min: 1 }),
  fc.array(fc.string(), { minLength: 1 }),
  fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { minKeys: 1 }),
)

describe('the policy, whatever comes', () => {
  it('accepts the model that the properties start from', () => {
    assert.deepEqual(checkModel(model().whole, '/checkout'), [])
  })

  it('refuses a key that it refuses, in any section and with any value', () => {
    const refused = SECTIONS.flatMap(({ title, rules }) =>
      Object.entries(rules).flatMap(([key, rule]) => (rule.verdict === 'refused' ? [{ title, key }] : [])),
    )
    fc.assert(
      fc.property(fc.constantFrom(...refused), something, ({ title, key }, value) => {
        const { whole, places } = model()
        Object.assign(places[title] ?? {}, { [key]: value })
        assert.ok(checkModel(whole, '/checkout').some((hit) => hit.path.at(-1) === key))
      }),
      { numRuns: 500 },
    )
  })

  it('refuses a key that nobody knows, in any section and with any value', () => {
    const unknown = fc.string({ minLength: 1 }).filter((key) => !key.startsWith('x-'))
    fc.assert(
      fc.property(fc.constantFrom(...SECTIONS), unknown, something, ({ title, rules }, key, value) => {
        fc.pre(!Object.hasOwn(rules, key))
        const { whole, places } = model()
        Object.defineProperty(places[title] ?? {}, key, { value, enumerable: true })
        assert.ok(checkModel(whole, '/checkout').length > 0)
      }),
      { numRuns: 500 },
    )
  })

  it('finds an env file outside however the YAML is written', async () => {
    const key = fc.constantFrom('env_file', '"env_file"', "'env_file'", '"\\x65nv_file"', '!!str env_file', '? env_file\n    ')
    const value = fc.constantFrom(
      '../x',
      '"../x"',
      '["../x"]',
      '[a.env, ../x]',
      '[{path: ../x}]',
      '*outside',
      '&b ../x',
      '"..\\x2fx"',
    )
    const frame = fc.constantFrom<(pair: string) => string>(
      (pair) => `services:\n  web:\n    image: caddy\n    ${pair}\n`,
      (pair) => `x-m: &m\n    ${pair}\nservices: { web: { <<: *m, image: caddy } }\n`,
      (pair) => `x-m: &m\n    ${pair}\nservices: { web: { image: caddy, <<: [{ tty: true }, *m] } }\n`,
      (pair) => `x-m: &m\n  web: &w\n    ${pair}\n    image: caddy\nservices: { <<: *m }\n`,
      (pair) => `services:\n  web: { image: caddy }\n---\nservices:\n  web:\n    ${pair}\n`,
      (pair) => `services:\n  web: { image: caddy, extends: { service: base } }\n  base:\n    ${pair}\n`,
    )
    await fc.assert(
      fc.asyncProperty(frame, key, value, async (write, name, path) => {
        const text = `x-o: &outside ../x\n${write(`${name}: ${path}`)}`
        await assert.rejects(
          load({ files: { 'compose.yaml': text, 'a.env': '' } }),
          /It leads out of the checkout|has no anchor before it/,
          text,
        )
      }),
      { numRuns: 150 },
    )
  })
})
