import { readdirSync } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** Builds every actions/<name>/main.ts into dist/<name>.mjs, and the command into dist/cli.mjs: one file each, readable stacks, no install step for users. */

const root = join(import.meta.dirname, '..')
const LIMIT = 3 * 1024 * 1024

/**
 * dockerode carries a gRPC client for BuildKit sessions and ssh2 for ssh:// hosts. Mayfly builds with the buildx
 * command and connects through the user's own ssh, so neither is ever called; left in, they double the bundle.
 */
const withoutUnused: Plugin = {
  name: 'without-unused',
  setup(plugin) {
    plugin.onResolve({ filter: /^(@grpc\/grpc-js|@grpc\/proto-loader|ssh2|protobufjs|\.\/session|\.\/ssh)$/ }, (found) =>
      /node_modules\/(dockerode|docker-modem)\//.test(found.importer) ? { path: found.path, namespace: 'unused' } : undefined,
    )
    plugin.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {}' }))
  },
}

const entries = readdirSync(join(root, 'actions'), { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
)
const dist = join(root, 'dist')
await rm(dist, { recursive: true, force: true })
await mkdir(dist, { recursive: true })
await build({
  absWorkingDir: root,
  entryPoints: [
    ...entries.map((name) => ({ in: `actions/${name}/main.ts`, out: name })),
    { in: 'packages/cli/bin.ts', out: 'cli' },
  ],
  outdir: dist,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // Packages in CommonJS ask for `require`, which an ES module does not have.
  banner: { js: "import { createRequire as mayflyRequire } from 'node:module'; const require = mayflyRequire(import.meta.url);" },
  plugins: [withoutUnused],
  logLevel: 'warning',
  legalComments: 'eof',
})
await build({
  absWorkingDir: root,
  entryPoints: ['packages/runtime/server.ts'],
  outfile: join(dist, 'runtime.mjs'),
  bundle: true,
  platform: 'node',
  // The oldest Node.js that a function may ask for.
  target: 'node20',
  format: 'esm',
  external: ['/app/*'],
  logLevel: 'warning',
})
let failed = false
for (const name of readdirSync(dist)) {
  const { size } = await stat(join(dist, name))
  console.log(`${basename(name)}: ${(size / 1024 / 1024).toFixed(2)} MB`)
  if (size > LIMIT && name.endsWith('.mjs')) failed = true
}
if (failed) {
  console.error('A bundle is over 3 MB: every job downloads it. Look for a new dependency that brings much along.')
  process.exitCode = 1
}
