#!/usr/bin/env node
import { main } from './main.ts'

// The command as one file (dist/cli.mjs); from the sources it starts by mayfly.js.
process.exitCode = await main(process.argv.slice(2))
