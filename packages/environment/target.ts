import { LABEL, type Labels, namedId, previewId, UserError } from '@mayfly/core'
import type { Limits, Place } from '@mayfly/project'

/** Which environment is meant, and how it is reached. */
export interface Target {
  id: string
  /** Whose it is: `<server>/<owner>/<repository>`. */
  owner: string
  kind: 'preview' | 'named'
  pullRequest: number | undefined
  domain: string
  listen: number
  tls: 'off' | 'auto' | 'internal'
  limits: Limits
}

/** The target of a pull request. `repository` is `owner/name`, `server` the host name of the GitHub it lives on. */
export function previewTarget(server: string, repository: string, pullRequest: number, reach: Reach): Target {
  return { ...reach, id: previewId(repository, pullRequest), owner: ownerOf(server, repository), kind: 'preview', pullRequest }
}

/** The target of an environment that somebody named by hand. */
export function namedTarget(server: string, repository: string, name: string, reach: Reach): Target {
  return { ...reach, id: namedId(repository, name), owner: ownerOf(server, repository), kind: 'named', pullRequest: undefined }
}

/** What the names of environments begin with that Mayfly makes for itself and takes away again. */
export const RESERVED = 'mayfly-'

/** Whether an environment of this id (see core's namedId) is one that Mayfly makes for itself: nobody else's has such a name. */
export function isReserved(id: string): boolean {
  return /-mayfly-(?:measure|base-of-\d+)-[0-9a-f]{6}$/.test(id)
}

/**
 * The target of an environment as people write it: `pr-12` is the preview of pull request 12, any other name is a named
 * environment's. @throws UserError where it is no such name.
 */
export function targetCalled(server: string, repository: string, name: string, reach: Reach, field: string): Target {
  const pullRequest = /^pr-([1-9]\d{0,8})$/.exec(name)?.[1]
  if (pullRequest !== undefined) return previewTarget(server, repository, Number(pullRequest), reach)
  if (name.toLowerCase().startsWith(RESERVED)) {
    throw new UserError(`${field} is "${name}"; names that begin with ${RESERVED} are for what Mayfly starts itself.`, {
      cure: 'Choose another name, such as staging or production.',
    })
  }
  if (/^[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?$/i.test(name)) return namedTarget(server, repository, name, reach)
  throw new UserError(`${field} is "${name}", which is no name of an environment.`, {
    cure: 'Write letters, digits and dashes, at most 30, such as staging or production; or pr-12 for a preview.',
  })
}

export type Reach = Pick<Target, 'domain' | 'listen' | 'tls' | 'limits'>

export function ownerOf(server: string, repository: string): string {
  return `${server}/${repository}`.toLowerCase()
}

/**
 * The labels of everything in an environment. They stay the same over its life, so that an unchanged service keeps
 * its containers over a push; what changes with each deployment is on the record. Every key is written.
 */
export function labelsOf(target: Target): Labels {
  const empty = Object.fromEntries(Object.values(LABEL).map((key) => [key, '']))
  return {
    ...empty,
    [LABEL.owner]: target.owner,
    [LABEL.environment]: target.id,
    [LABEL.kind]: target.kind,
    [LABEL.pullRequest]: target.pullRequest === undefined ? '' : String(target.pullRequest),
  }
}

export function placeOf(target: Target): Place {
  return {
    id: target.id,
    domain: target.domain,
    listen: target.listen,
    tls: target.tls,
    limits: target.limits,
    labels: labelsOf(target),
  }
}
