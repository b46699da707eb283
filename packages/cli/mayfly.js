#!/usr/bin/env node
if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(`mayfly needs Node 24 or newer; this is ${process.version}. Inside this repository: npm run mayfly -- <command>`)
  process.exit(1)
}
const { main } = await import('./main.ts')
process.exitCode = await main(process.argv.slice(2))
