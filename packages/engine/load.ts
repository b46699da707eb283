import { Readable } from 'node:stream'
import { UserError } from '@mayfly/core'
import { type Engine, explainEngineError } from './connect.ts'

/**
 * Gives an archive of images to the engine (docker-save and OCI layout in one; both image stores read it).
 * @throws UserError with what the engine said where it does not take it.
 */
export async function loadArchive(engine: Engine, archive: Buffer): Promise<void> {
  const answer = await engine.api.loadImage(Readable.from([archive]), { quiet: true })
  let said = ''
  for await (const chunk of answer) said = `${said}${String(chunk)}`.slice(-4000)
  // A refusal in the middle comes as a line of an answer that began well.
  const error = /"error"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(said)?.[1]
  if (error !== undefined) throw explainEngineError(error) ?? new UserError(`The engine did not take the image: ${error}`)
}
