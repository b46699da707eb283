import { Readable } from 'node:stream'
import { UserError } from '@mayfly/core'
import { type Engine, explainEngineError } from './connect.ts'

/**
 * The archive of an image as the engine saves it, with all of its layers: an engine knows no other way.
 * @param image id or reference.
 */
export async function saveImage(engine: Engine, image: string): Promise<Readable> {
  const archive = await engine.api.getImage(image).get()
  return archive instanceof Readable ? archive : Readable.from(archive)
}

/** Gives an archive to the engine as it flows. @throws UserError with what the engine said where it does not take it. */
export async function loadStream(engine: Engine, archive: Readable): Promise<void> {
  const answer = await engine.api.loadImage(archive, { quiet: true })
  let said = ''
  for await (const chunk of answer) said = `${said}${String(chunk)}`.slice(-4000)
  // A refusal in the middle comes as a line of an answer that began well.
  const error = /"error"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(said)?.[1]
  if (error !== undefined) throw explainEngineError(error) ?? new UserError(`The engine did not take the image: ${error}`)
}
