import type { Build, Built } from './build.ts'
import { type BuilderRun, builderError, builtDigest, runBuilder } from './builder.ts'
import type { Engine } from './connect.ts'
import { inspectImage } from './image.ts'

/** Up to Engine 28 the builder says so after it has written and named the image (moby/buildkit#4230, moby/moby#51493). */
const NOT_UNPACKED = /exporter option "rewrite-timestamp" conflicts with "unpack"/

/**
 * Builds on containerd's image store and has BuildKit set back every time in the layers that is after the build's
 * SOURCE_DATE_EPOCH, so that repeated builds of deterministic steps give one digest. The image stays in the engine.
 * @returns undefined where this engine's builder cannot: it is then as if nothing had been asked.
 * @throws UserError with the step that failed and its last lines.
 */
export async function buildRewritten(engine: Engine, wanted: Build): Promise<Built | undefined> {
  const exporter = ['type=image', `name=${wanted.tag}`, 'oci-mediatypes=true', 'rewrite-timestamp=true', 'unpack=false']
  const done = await runBuilder(engine, wanted, ['--output', exporter.join(',')], NOT_UNPACKED)
  // One that does not know the option takes it and does nothing.
  const wasRewritten = done.lines.some((line) => line.includes('rewriting layers with source-date-epoch'))
  if (done.ok) {
    const digest = builtDigest(wanted, done)
    return wasRewritten ? { digest, reference: digest } : undefined
  }
  if (!done.lines.some((line) => /rewrite-timestamp|unpack/.test(line) && /ERROR/.test(line))) throw builderError(wanted, done)
  const digest = exportedDigest(done)
  // What it said is believed only if what has the name now is what this build wrote.
  const named = await inspectImage(engine, wanted.tag)
  return wasRewritten && digest !== undefined && named?.id === digest ? { digest, reference: digest } : undefined
}

function exportedDigest({ lines }: BuilderRun): string | undefined {
  const found = (kind: string) =>
    lines.map((line) => new RegExp(`exporting ${kind} (sha256:[0-9a-f]{64})`).exec(line)?.[1]).findLast((digest) => digest)
  return found('manifest list') ?? found('manifest')
}
