import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

const ROOT = join(import.meta.dirname, '..', '..')

/** What scripts/build.ts leaves out of a bundle, and why, is said there. */
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
 * Bundles the command as scripts/build.ts does, from the sources as they are now, into a folder of its own: dist/ may be old,
 * or be made anew while this runs. esbuild is found as an installed command finds it. Returns the file to start.
 */
export async function bundleCommand(folder: string): Promise<string> {
  const shared = { absWorkingDir: ROOT, bundle: true, platform: 'node', format: 'esm', logLevel: 'warning' } as const
  const file = join(folder, 'cli.mjs')
  await build({
    ...shared,
    entryPoints: ['packages/cli/bin.ts'],
    outfile: file,
    target: 'node24',
    banner: {
      js: "import { createRequire as mayflyRequire } from 'node:module'; const require = mayflyRequire(import.meta.url);",
    },
    plugins: [withoutUnused],
  })
  await build({
    ...shared,
    entryPoints: ['packages/runtime/server.ts'],
    outfile: join(folder, 'runtime.mjs'),
    target: 'node20',
    external: ['/app/*'],
  })
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return file
}
