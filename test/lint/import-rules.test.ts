import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { command } from '@mayfly/core'

const root = join(import.meta.dirname, '..', '..')
const biome = join(root, 'node_modules', '.bin', 'biome')

/** Lints one small file where it would lie in the project, under the project's own rules, in a folder of its own. */
async function lint(path: string, code: string): Promise<{ code: number; said: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-lint-'))
  try {
    const rules = JSON.parse(await readFile(join(root, 'biome.json'), 'utf8'))
    await writeFile(join(folder, 'biome.json'), JSON.stringify({ ...rules, $schema: undefined, vcs: { enabled: false } }))
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), code)
    const done = await command([biome, 'lint', path], { cwd: folder, env: { PATH: process.env.PATH ?? '' } })
    return { code: done.code, said: done.stdout + done.stderr }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe('the direction of imports is held by lint, with a reason', () => {
  const refused: [path: string, imported: string, reason: RegExp][] = [
    ['packages/core/zz.ts', '@mayfly/engine', /imports none of them/],
    ['packages/engine/zz.ts', '@mayfly/project', /containers, not projects/],
    ['packages/project/zz.ts', '@mayfly/engine', /decides from it alone/],
    ['packages/report/zz.ts', '@mayfly/github', /without input or output/],
    ['packages/github/zz.ts', '@mayfly/engine', /pull requests, not containers/],
    ['packages/gateway/zz.ts', '@mayfly/environment', /from labels alone/],
    ['packages/artifact/zz.ts', '@mayfly/environment', /builds what a project says/],
    ['packages/environment/zz.ts', '@mayfly/github', /knows neither GitHub/],
    ['packages/pipeline/zz.ts', '@mayfly/runner', /must not know them/],
    ['packages/cli/zz.ts', '@mayfly/github', /without GitHub/],
    ['packages/oci/zz.ts', '@mayfly/registry', /the image format alone/],
    ['packages/registry/zz.ts', '@mayfly/engine', /speaks to registries/],
    ['packages/ledger/zz.ts', '@mayfly/registry', /git tags and versions, not images/],
    ['packages/attestation/zz.ts', '@mayfly/artifact', /what an artifact is made of/],
    ['packages/release/zz.ts', '@mayfly/github', /knows neither GitHub/],
    ['packages/retention/zz.ts', '@mayfly/artifact', /what it is told/],
    ['packages/xml/zz.ts', '@mayfly/engine', /hostile XML piece by piece/],
    ['packages/coverage/zz.ts', '@mayfly/engine', /turns reports into lines/],
    ['packages/test-results/zz.ts', '@mayfly/engine', /turns reports into tests/],
    ['packages/measure/zz.ts', '@mayfly/github', /asks running environments/],
    ['packages/runtime/zz.ts', '@mayfly/core', /inside a function's container/],
    ['packages/environment/zz.ts', 'dockerode', /Only engine knows dockerode/],
    ['packages/pipeline/zz.ts', '@octokit/core', /Only github knows octokit/],
    ['packages/pipeline/zz.ts', '@actions/core', /Only runner knows the Actions toolkit/],
    ['packages/pipeline/zz.ts', '../../actions/mayfly/main.ts', /Nothing imports an action/],
    ['packages/core/zz.ts', '../engine/compose.ts', /Rooms meet by name/],
    ['packages/project/zz.ts', '../../test/visit.ts', /Rooms meet by name/],
    ['actions/build/zz.ts', '../preview/main.ts', /Actions never import each other/],
    ['actions/build/zz.ts', '@octokit/core', /libraries belong to rooms/],
  ]
  for (const [path, imported, reason] of refused) {
    it(`${path.replace('/zz.ts', '')} may not import ${imported}`, async () => {
      const { code, said } = await lint(path, `import * as other from '${imported}'\nother.toString()\n`)
      assert.notEqual(code, 0)
      assert.match(said.replace(/\s+/g, ' '), reason)
    })
  }

  it('rooms neither print nor read the environment', async () => {
    assert.match((await lint('packages/environment/zz.ts', 'console.log(1)\n')).said, /noConsole/)
    assert.match((await lint('packages/environment/zz.ts', 'export const a = process.env.HOME\n')).said, /noProcessEnv/)
  })

  it('what may be imported passes', async () => {
    assert.equal(
      (await lint('packages/environment/zz.ts', "import * as other from '@mayfly/engine'\nother.toString()\n")).code,
      0,
    )
  })
})
