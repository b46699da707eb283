import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { builtinsWhenUsed, packagesWhenUsed } from './when-used.ts'

const ROOT = join(import.meta.dirname, '..')

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

/** The toolkit's bundle lies beside the others and is read when it is needed. */
const toolkitApart: Plugin = {
  name: 'toolkit-apart',
  setup(plugin) {
    plugin.onResolve({ filter: /^\.\/toolkit\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './toolkit.mjs', external: true } : undefined,
    )
  },
}

/** Bundles sources into `<out>/<name>.mjs`: one file each, readable stacks, no install step for users. */
export async function bundle(out: string, entries: readonly { source: string; name: string }[], minify = false): Promise<void> {
  await build({
    minify,
    absWorkingDir: ROOT,
    entryPoints: entries.map(({ source, name }) => ({ in: source, out: name })),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Packages in CommonJS ask for `require`, which an ES module does not have.
    banner: { js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
    plugins: [withoutUnused, builtinsWhenUsed, packagesWhenUsed, toolkitApart],
    logLevel: 'warning',
    legalComments: 'eof',
  })
}

/** The command: a launcher that any Node.js can read, and what it starts. */
export async function bundleCommand(out: string): Promise<void> {
  await bundle(out, [{ source: 'packages/cli/main.ts', name: 'command' }])
  await cp(join(ROOT, 'packages', 'cli', 'launcher.mjs'), join(out, 'cli.mjs'))
}

/** GitHub's toolkit for caches and artifacts. It is nobody's to read: most of it is a storage client. */
export async function bundleToolkit(out: string): Promise<void> {
  await bundle(out, [{ source: 'packages/runner/toolkit.ts', name: 'toolkit' }], true)
}

/** What Node services load while they are measured: it is shipped as it is. */
export async function copyHook(out: string): Promise<void> {
  await cp(join(ROOT, 'packages', 'measure', 'hook', 'hook.cjs'), join(out, 'hook.cjs'))
}

/** What runs inside a function's container. */
export async function bundleRuntime(out: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['packages/runtime/server.ts'],
    outfile: join(out, 'runtime.mjs'),
    bundle: true,
    platform: 'node',
    // The oldest Node.js that a function may ask for.
    target: 'node20',
    format: 'esm',
    external: ['/app/*'],
    logLevel: 'warning',
  })
}
