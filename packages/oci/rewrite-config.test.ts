import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countBaseLayers, parseConfig, rewriteConfig } from './rewrite-config.ts'
import type { ImageConfig } from './types.ts'

const EPOCH = 1_700_000_000
const OWN = '2023-11-14T22:13:20Z'
const EARLIER = '2023-01-01T00:00:00.123Z'
const LATER = '2026-05-05T05:05:05Z'
const ID = (digit: string) => `sha256:${digit.repeat(64)}`

type Step = NonNullable<ImageConfig['history']>[number]
const layer = (created?: string): Step => (created === undefined ? {} : { created })
const empty = (created: string): Step => ({ created, empty_layer: true })

const HISTORIES: [string, Step[] | undefined, number, number][] = [
  ['a base of two layers and two of its own', [layer(EARLIER), layer(LATER), layer(OWN), layer(OWN)], 4, 2],
  ['steps without a layer count for nothing', [layer(LATER), empty(LATER), empty(OWN), layer(OWN), empty(OWN)], 2, 1],
  ['a build that adds no layer has none of its own', [layer(LATER), empty(OWN)], 1, 1],
  ['a base without a history is counted from the other end', [layer(OWN)], 3, 2],
  ['a build from nothing has all', [layer(OWN), layer(OWN)], 2, 0],
  ['a builder that dates its steps by the clock leaves it open', [layer(EARLIER), layer(LATER)], 2, 0],
  ['no history leaves it open', undefined, 2, 0],
  ['a history that is longer than the layers is not believed', [layer(OWN), layer(OWN), layer(OWN)], 1, 0],
]

for (const [what, history, layers, expected] of HISTORIES) {
  test(`${what}: ${expected} of ${layers} layers are the base's`, () => {
    const config: ImageConfig = {
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: Array.from({ length: layers }, () => ID('a')) },
      ...(history === undefined ? {} : { history }),
    }
    assert.equal(countBaseLayers(config, EPOCH), expected)
  })
}

test('a configuration keeps all but late times and what the building machine left in it', () => {
  const before = {
    created: LATER,
    architecture: 'arm64',
    os: 'linux',
    variant: 'v8',
    container: 'abc',
    docker_version: '26.1.5',
    config: { Hostname: 'builder-7', Image: ID('9'), Env: ['A=1'], Labels: { b: '2' }, OnBuild: null, Volumes: { '/data': {} } },
    history: [layer(EARLIER), { ...layer(LATER), created_by: 'RUN make' }, { created_by: 'undated' }],
    rootfs: { type: 'layers', diff_ids: [ID('1'), ID('2')] },
    'moby.buildkit.cache.v0': 'kept',
  }
  assert.deepEqual(JSON.parse(rewriteConfig(Buffer.from(JSON.stringify(before)), [ID('1'), ID('3')], EPOCH).toString()), {
    created: OWN,
    architecture: 'arm64',
    os: 'linux',
    variant: 'v8',
    config: { Env: ['A=1'], Labels: { b: '2' }, OnBuild: null, Volumes: { '/data': {} } },
    history: [layer(EARLIER), { ...layer(OWN), created_by: 'RUN make' }, { ...layer(OWN), created_by: 'undated' }],
    rootfs: { type: 'layers', diff_ids: [ID('1'), ID('3')] },
    'moby.buildkit.cache.v0': 'kept',
  })
})

for (const text of ['null', '{}', '{"rootfs":{}}', '{"rootfs":{"diff_ids":["sha256:../../etc/passwd"]}}', '[]']) {
  test(`${text} is not a configuration`, () => assert.throws(() => parseConfig(Buffer.from(text)), /not the configuration/))
}
