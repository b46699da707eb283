import { describeError, UserError } from '@mayfly/core'
import { connectEngine } from '@mayfly/engine'
import { createNarrator } from './narrator.ts'
import { type DemoOptions, readOptions, USAGE } from './options.ts'
import { hasGateway, removeOwnGateway, removeRemains, removeSurely } from './remains.ts'
import { buildBundle, bundleIsOld, chooseDomain, openStage } from './stage.ts'
import { type Figures, tellStory } from './story.ts'

/** `npm run demo`: a change's whole life, from its pull request to production and back, with the built actions, a GitHub and a registry on loopback and the machine's own engine. */

class Interrupted extends Error {}

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args)
    if (options === 'help') process.stdout.write(USAGE)
    else await run(options)
    return 0
  } catch (error) {
    // Anything else than the user's mistake is a fault of ours: its stack says where.
    process.stderr.write(
      `\n${error instanceof Interrupted ? 'Interrupted.' : describeError(error, !(error instanceof UserError))}\n`,
    )
    return error instanceof Interrupted ? 130 : 1
  }
}

async function run(options: DemoOptions): Promise<void> {
  const narrator = createNarrator((text) => process.stdout.write(text), process.stdout.isTTY)
  const interruption = new AbortController()
  // Once: whoever asks twice does not want to wait for the cleaning up.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort(new Interrupted()))
  const engine = await connectEngine({ host: undefined }, process.env)
  try {
    const stage = await openStage()
    try {
      const earlier = await removeRemains(engine, stage.preview)
      if (earlier.length > 0) narrator.say(`Removed what an earlier demo left: ${earlier.join(', ')}.`)
      if (options.remove) return narrator.say('Nothing of the demo is left.')
      if (bundleIsOld()) await narrator.step('build', 'The action is built as a release would be', buildBundle)
      const gatewayWasThere = await hasGateway(engine)
      let figures: Figures | undefined
      try {
        const domain = await chooseDomain()
        figures = await tellStory({ ...stage, engine, narrator, domain, keep: options.keep, signal: interruption.signal })
      } finally {
        if (figures === undefined) {
          narrator.say('\nCleaning up.')
          await removeSurely(engine, stage.preview)
          await removeRemains(engine, stage.preview)
        }
        const keeps = gatewayWasThere || (options.keep && figures !== undefined)
        if (!keeps && (await removeOwnGateway(engine))) narrator.say('The gateway, which this demo had started, is gone too.')
      }
      if (options.json) narrator.say(JSON.stringify(figures))
    } catch (error) {
      throw interruption.signal.aborted ? new Interrupted() : error
    } finally {
      await stage.registry.stop()
      await stage.github.close()
    }
  } finally {
    await engine.close()
  }
}
