/** Who calls, and what they may. */

import { Refusal } from './refusal.ts'
import type { Needs } from './routes/route.ts'
import type { Repository, State } from './state.ts'
import type { Access, Identity, Permission } from './types.ts'

/** The token in an Authorization header, in any of the three forms that GitHub takes; Basic carries it as the password. */
export function readToken(header: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(header ?? '') ?? []
  if (/^(bearer|token)$/i.test(scheme)) return value
  if (!/^basic$/i.test(scheme)) return undefined
  const [user = '', ...password] = Buffer.from(value, 'base64').toString().split(':')
  return password.join(':') || user
}

export function identify(state: State, header: string | undefined): Identity | undefined {
  return state.tokens.get(readToken(header) ?? '')
}

/** The caller of a REST route; refused where there is none. (GitHub lets anybody read public data; we want to see tokens sent.) */
export function requireIdentity(state: State, header: string | undefined): Identity {
  const identity = identify(state, header)
  if (identity) return identity
  throw new Refusal(401, header === undefined ? 'Requires authentication' : 'Bad credentials')
}

/** Refuses a caller who has none of the permissions. Everybody may read what is public. */
export function requirePermission(identity: Identity, repository: Repository, needs: Needs): void {
  if (needs.length === 0) return
  const enough = needs.some(
    ([permission, access]) => (access === 'read' && !repository.private) || allows(identity, permission, access),
  )
  if (enough) return
  const kind = identity.type === 'Bot' ? 'integration' : 'personal access token'
  throw new Refusal(403, `Resource not accessible by ${kind}`, {
    headers: { 'x-accepted-github-permissions': needs.map(([permission, access]) => `${permission}=${access}`).join('; ') },
  })
}

export function allows(identity: Identity, permission: Permission, access: Exclude<Access, 'none'>): boolean {
  const given = identity.permissions[permission] ?? 'none'
  return given === 'write' || (given === 'read' && access === 'read')
}
