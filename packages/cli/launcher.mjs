#!/usr/bin/env node
// Starts the command as one file (dist/). What it was compiled to is kept from one start to the next.

if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(`mayfly needs Node 24 or newer; this is ${process.version}.`)
  process.exit(1)
}
// Not imported: that would read every export of it.
process.getBuiltinModule('node:module').enableCompileCache()
const { main } = await import('./command.mjs')
const code = await main(process.argv.slice(2))
// All is done and said. To take down idle connections and the heap one by one is the system's work, not 5 ms of ours.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
