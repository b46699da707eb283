import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

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

/**
 * Importing node:http into an ES module reads every one of its exports, and one of them brings a whole HTTP client along
 * (15 ms of each start). Asked for as it is, it does not.
 */
const builtinsAsTheyAre: Plugin = {
  name: 'builtins-as-they-are',
  setup(plugin) {
    plugin.onResolve({ filter: /^(node:)?https?$/ }, ({ path }) => ({
      path: path.replace(/^(node:)?/, 'node:'),
      namespace: 'builtin',
    }))
    plugin.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }))
  },
}

/** Bundles sources into `<out>/<name>.mjs`: one file each, readable stacks, no install step for users. */
export async function bundle(out: string, entries: readonly { source: string; name: string }[]): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: entries.map(({ source, name }) => ({ in: source, out: name })),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Packages in CommonJS ask for `require`, which an ES module does not have.
    banner: {
      js: "import { createRequire as mayflyRequire } from 'node:module'; const require = mayflyRequire(import.meta.url);",
    },
    plugins: [withoutUnused, builtinsAsTheyAre],
    logLevel: 'warning',
    legalComments: 'eof',
  })
}

/** The command: a launcher that any Node.js can read, and what it starts. */
export async function bundleCommand(out: string): Promise<void> {
  await bundle(out, [{ source: 'packages/cli/main.ts', name: 'command' }])
  await cp(join(ROOT, 'packages', 'cli', 'launcher.mjs'), join(out, 'cli.mjs'))
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
