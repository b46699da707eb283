import { ensureEngine } from './setup/engine.ts'
import { ensureImages } from './setup/images.ts'
import { ensureTestTools } from './setup/tools.ts'

/** Installs and starts what a fresh machine lacks: an engine, base images and, with `--tests`, what only tests use. Safe to repeat. */
try {
  await ensureEngine()
  await ensureImages()
  if (process.argv.includes('--tests')) await ensureTestTools()
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
