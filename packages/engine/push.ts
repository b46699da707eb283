import { UserError } from '@mayfly/core'
import { type Built, repositoryOf } from './build.ts'
import { docker, type Engine, explainEngineError } from './connect.ts'

/**
 * Has the engine push an image that it holds, with the credentials of Docker's configuration.
 * @param tag whole: `registry/owner/name:tag`.
 * @throws UserError with what the engine or the registry said.
 */
export async function pushFromEngine(engine: Engine, tag: string): Promise<Built> {
  const { code, stdout, stderr } = await docker(engine, ['push', '--', tag])
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(stdout)?.[1]
  if (code === 0 && digest !== undefined) return { digest, reference: `${repositoryOf(tag)}@${digest}` }
  const said = stderr.trim().split('\n').at(-1) ?? ''
  throw (
    explainEngineError(said) ??
    new UserError(`${tag} cannot be pushed: ${said || 'the engine named no digest'}`, {
      cure: 'Check the registry and the name; log in first (docker/login-action) with a user who may push there.',
    })
  )
}
