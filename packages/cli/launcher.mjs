#!/usr/bin/env node
// Starts the command as one file (dist/). What it was compiled to is kept from one start to the next.
import module from 'node:module'

if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(`mayfly needs Node 24 or newer; this is ${process.version}.`)
  process.exit(1)
}
module.enableCompileCache?.()
const { main } = await import('./command.mjs')
process.exitCode = await main(process.argv.slice(2))
