import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { type Component, componentsOf, sbomOf } from '@mayfly/attestation'
import Ajv from 'ajv'
import addFormats from 'ajv-formats'
import { build } from 'esbuild'
import fc from 'fast-check'
import schema from './cyclonedx-1.6.schema.json' with { type: 'json' }
import { MADE } from './made.ts'

const ajv = new Ajv.default({ strict: false, allErrors: true })
addFormats.default(ajv)
ajv.addFormat('iri-reference', (text: string) => URL.canParse(text, 'https://base.test') && !/\s/.test(text))
const validate = ajv.compile(schema)

interface Part {
  purl?: string
  version?: string
  hashes?: unknown[]
}

interface Document {
  serialNumber: string
  metadata: { component: Part }
  components: Part[]
}

/** The document, once it is seen to be CycloneDX 1.6. */
function valid(bytes: Buffer): Document {
  const document = JSON.parse(bytes.toString())
  assert.equal(validate(document), true, JSON.stringify(validate.errors))
  return document
}

const HASH = `sha512-${Buffer.alloc(64, 1).toString('base64')}`
const HONO: Component = { name: 'hono', version: '4.1.0', purl: 'pkg:npm/hono@4.1.0', license: 'MIT', hash: HASH }
const OTHER: Component = { name: 'x', version: '', purl: 'pkg:npm/x', license: 'MIT OR ISC' }

/** Any text at all, what a hostile package.json is likely to hold among it. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '"',
    '\\',
    '\u0000',
    '\u202e',
    '\ud800',
    '</script>',
    '%7B\n',
    '__proto__',
    '../..',
    'MIT',
    'MIT OR ISC',
    '1.0.0',
  ),
)

describe('the bill of materials', () => {
  it('names the artifact, its base and its packages', () => {
    const document = valid(sbomOf(MADE, [OTHER, HONO]))
    const artifact = `pkg:oci/web@${MADE.digest}?repository_url=ghcr.io%2Facme%2Fshop%2Fweb`
    assert.partialDeepStrictEqual(document, {
      specVersion: '1.6',
      metadata: {
        timestamp: '2026-01-02T03:04:05.000Z',
        component: {
          type: 'container',
          name: 'shop/web',
          version: '1.4.3',
          purl: artifact,
          hashes: [{ alg: 'SHA-256', content: 'ab'.repeat(32) }],
          externalReferences: [{ type: 'vcs', url: MADE.source, comment: MADE.revision }],
        },
      },
      components: [
        { type: 'container', name: 'node:24-slim', version: MADE.base?.digest },
        { name: 'hono', licenses: [{ license: { id: 'MIT' } }], hashes: [{ alg: 'SHA-512', content: '01'.repeat(64) }] },
        { name: 'x', licenses: [{ expression: 'MIT OR ISC' }] },
      ],
      dependencies: [{ ref: artifact, dependsOn: [`base:${MADE.base?.digest}`, HONO.purl, OTHER.purl] }],
    })
    assert.equal(document.components[2]?.version, undefined)
  })

  it('leaves out what is not known', () => {
    const document = valid(sbomOf({ ...MADE, source: '', base: undefined }, []))
    assert.deepEqual(document.components, [])
    assert.equal('externalReferences' in document.metadata.component, false)
  })

  it('is the same bytes for the same packages, in any order and any number of times', () => {
    const component = fc.record({
      name: fc.constantFrom('a', 'b'),
      version: fc.constantFrom('1', '2', ''),
      purl: fc.constantFrom('pkg:npm/a@1', 'pkg:npm/b@1', 'pkg:npm/b@2'),
      license: fc.constantFrom('', 'MIT', 'MIT OR ISC', 'mine'),
    })
    const list = fc.array(component, { maxLength: 8 })
    const shuffled = list.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
    )
    fc.assert(
      fc.property(shuffled, ([all, again]) => {
        const bytes = sbomOf(MADE, all)
        assert.deepEqual(sbomOf(MADE, again), bytes)
        valid(bytes)
      }),
    )
  })

  it('has a number of its own: documents that differ never share one', () => {
    const numbers = [
      sbomOf(MADE, [HONO]),
      sbomOf(MADE, [OTHER]),
      sbomOf({ ...MADE, version: '1.4.4' }, [HONO]),
      sbomOf({ ...MADE, digest: `sha256:${'ef'.repeat(32)}` }, [HONO]),
    ].map((bytes) => valid(bytes).serialNumber)
    assert.equal(new Set(numbers).size, numbers.length)
    for (const number of numbers) assert.match(number, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-/)
  })

  it('is valid whatever the packages say of themselves', async () => {
    const manifest = fc.record(
      { name: hostile, version: hostile, license: fc.oneof(hostile, fc.record({ type: hostile })), licenses: fc.array(hostile) },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(manifest, fc.jsonValue()), { maxLength: 5 }), async (manifests) => {
        const texts = new Map(manifests.map((one, index) => [`/r/node_modules/p${index}/package.json`, JSON.stringify(one)]))
        const files = manifests.map((_, index) => `/r/node_modules/p${index}/i.js`)
        const components = await componentsOf(files, async (path) => texts.get(path))
        const document = valid(sbomOf({ ...MADE, base: undefined }, components))
        assert.ok(document.components.length <= manifests.length)
      }),
    )
  })

  it('tells apart a schema that would take anything', () => {
    const document = valid(sbomOf(MADE, [HONO]))
    const broken = [
      { ...document, serialNumber: 'urn:uuid:1' },
      { ...document, more: 1 },
      { ...document, components: [...document.components, document.components[0]] },
      { ...document, components: [{ ...document.components[1], licenses: [{ license: { id: 'mine' } }] }] },
    ]
    for (const one of broken) assert.equal(validate(one), false)
  })
})

describe('a bundle that esbuild made', () => {
  it('lists the packages that are in it, and not those that are only installed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mayfly-sbom-'))
    try {
      const write = async (path: string, text: string) => {
        await mkdir(dirname(join(folder, path)), { recursive: true })
        await writeFile(join(folder, path), text)
      }
      const entry = (version: string) => ({ version, integrity: HASH })
      for (const [path, code] of [
        ['used', "import inner from 'inner'\nexport default inner"],
        ['used/node_modules/inner', 'export default process.pid'],
        ['shaken', 'export const unused = 1'],
        ['idle', 'export default 2'],
      ] as const) {
        const name = path.split('/').at(-1)
        await write(
          `node_modules/${path}/package.json`,
          JSON.stringify({ name, version: '1.2.3', license: 'ISC', main: 'i.mjs' }),
        )
        await write(`node_modules/${path}/i.mjs`, code)
      }
      await write('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/used': entry('1.2.3') } }))
      await write('main.ts', "import used from 'used'\nexport default used")
      const { metafile } = await build({
        absWorkingDir: folder,
        entryPoints: ['main.ts'],
        bundle: true,
        write: false,
        metafile: true,
        platform: 'node',
      })
      const files = Object.keys(metafile.inputs).map((path) => join(folder, path))
      const components = await componentsOf(files, (path) => readFile(path, 'utf8').catch(() => undefined))
      const document = valid(sbomOf({ ...MADE, base: undefined }, components))
      assert.deepEqual(
        document.components.map(({ purl, hashes = [] }) => [purl, hashes.length]),
        [
          ['pkg:npm/inner@1.2.3', 0],
          ['pkg:npm/used@1.2.3', 1],
        ],
      )
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
