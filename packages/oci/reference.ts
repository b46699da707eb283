import { UserError } from '@mayfly/core'

/** Where an image is: `registry/repository[:tag][@digest]`. */
export interface Reference {
  /** Host and port, such as `ghcr.io` or `127.0.0.1:5000`. */
  registry: string
  /** `owner/name`, without the host. */
  repository: string
  tag: string | undefined
  digest: string | undefined
}

const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?$/i
/** distribution-spec, "Pulling manifests": what names and tags are made of. */
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const TAG = /^\w[\w.-]{0,127}$/
const DIGEST = /^sha256:[0-9a-f]{64}$/

/**
 * Reads a reference as the engine does: without a host it is Docker Hub's, where a single name is in `library/`; a first
 * part is a host if it has a dot, a colon or a capital, or is `localhost`.
 * @param field what the text is called where it comes from.
 * @throws UserError naming the part that is wrong.
 */
export function parseReference(text: string, field: string): Reference {
  const [named = '', digest, ...more] = text.split('@')
  const colon = named.lastIndexOf(':')
  const tagged = colon > named.lastIndexOf('/')
  const tag = tagged ? named.slice(colon + 1) : undefined
  const path = tagged ? named.slice(0, colon) : named
  const slash = path.indexOf('/')
  const first = slash === -1 ? '' : path.slice(0, slash)
  const hasHost = first !== '' && (/[.:[A-Z]/.test(first) || first === 'localhost')
  const registry = hasHost ? first.toLowerCase() : 'docker.io'
  const rest = hasHost ? path.slice(slash + 1) : path
  const repository = registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest
  const wrong = (part: string) =>
    new UserError(`${field} is "${text}": ${part}.`, {
      cure: 'Write registry/owner/name:tag or registry/owner/name@sha256:..., in lower case and without https://.',
    })
  if (more.length > 0) throw wrong('it has more than one @')
  if (!HOST.test(registry)) throw wrong(`"${registry}" is not a host`)
  if (!REPOSITORY.test(repository)) throw wrong(`"${rest}" is not a name of images`)
  if (tag !== undefined && !TAG.test(tag)) throw wrong(`"${tag}" is not a tag`)
  if (digest !== undefined && !DIGEST.test(digest)) throw wrong(`"${digest}" is not a digest`)
  return { registry: registry === 'index.docker.io' ? 'docker.io' : registry, repository, tag, digest }
}

export function formatReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}
