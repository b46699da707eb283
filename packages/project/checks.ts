import { BlockList, isIP } from 'node:net'
import { join } from 'node:path'
import { confine, isRemote } from './paths.ts'
import { type At, type Check, entries, type Hit, hit, list } from './rule.ts'

/** The checks that several fields share. */

const SOCKET = /(docker|containerd|podman|crio|cri-dockerd|buildkitd)[\w.-]*\.sock$/i
const INSIDE = 'Keep it inside the repository and name it by a relative path.'

/** Compose escapes `$` in everything it answers with; paths and build arguments are wanted as they are. */
export function unescaped(text: string): string {
  return text.replaceAll('$$', '$')
}

/** A path that stays in the checkout. */
export const insidePath: Check = (value, at) => {
  if (typeof value !== 'string') return hit(value, at, INSIDE)
  if (SOCKET.test(value)) return hit(value, at, "Take it out: the engine's socket is root on its machine.")
  const place = confine(at.root, unescaped(value))
  if (place.inside) return []
  return hit(value, at, `It ${place.why}. ${INSIDE}`)
}

/** A build context: a folder of the checkout. */
export const insideContext: Check = (value, at) =>
  typeof value === 'string' && isRemote(value)
    ? hit(value, at, 'Copy what it holds into the repository: what is fetched at build time was never reviewed.')
    : insidePath(value, at)

/** `dockerfile` is relative to its context. */
export function insideBelow(context: unknown): Check {
  return (value, at) => {
    if (typeof value !== 'string' || typeof context !== 'string') return hit(value, at, INSIDE)
    return insidePath(value.startsWith('/') ? value : join(context, value), at).map((found) => ({ ...found, value }))
  }
}

/** `dev.mayfly.*` is how Mayfly knows what is whose, `com.docker.*` how Compose does. */
export const ownLabels: Check = (value, at) =>
  labelsOf(value).flatMap(([key, text]): Hit[] =>
    /^\s*(dev\.mayfly|com\.docker)\b/i.test(key)
      ? [{ path: [...at.path, key], value: text, cure: 'Take the label out or rename it: these names are records of what runs.' }]
      : [],
  )

function labelsOf(value: unknown): [string, unknown][] {
  if (!Array.isArray(value)) return entries(value)
  return value.map((item): [string, unknown] => {
    const [key = '', ...rest] = String(item).split('=')
    return [key, rest.join('=')]
  })
}

const unreachable = new BlockList()
unreachable.addSubnet('0.0.0.0', 8, 'ipv4')
unreachable.addSubnet('127.0.0.0', 8, 'ipv4')
unreachable.addSubnet('169.254.0.0', 16, 'ipv4')
/** The engine's own address on its default bridge. */
unreachable.addAddress('172.17.0.1', 'ipv4')
/** Metadata services that are not link-local: Alibaba, Oracle, and AWS over IPv6. */
unreachable.addAddress('100.100.100.200', 'ipv4')
unreachable.addAddress('192.0.0.192', 'ipv4')
unreachable.addSubnet('fd00:ec2::', 32, 'ipv6')
unreachable.addAddress('::', 'ipv6')
unreachable.addAddress('::1', 'ipv6')
unreachable.addSubnet('fe80::', 10, 'ipv6')

/** An address that is not the host's, nor of a service that hands out credentials. */
export function isForeign(address: string): boolean {
  const plain = address.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(plain)
  return version !== 0 && !unreachable.check(plain, version === 6 ? 'ipv6' : 'ipv4')
}

/** `extra_hosts`, as a list of `name=address` or a mapping. */
export const foreignHosts: Check = (value, at) => {
  const pairs = Array.isArray(value)
    ? value.map(splitHost)
    : entries(value).flatMap(([name, ips]) => list(ips).map((ip) => [name, ip] as const))
  return pairs.flatMap(([, address], index): Hit[] =>
    typeof address === 'string' && isForeign(address)
      ? []
      : [
          {
            path: Array.isArray(value) ? [...at.path, index] : at.path,
            value: Array.isArray(value) ? value[index] : address,
            cure: "Take it out: a preview does not reach its host, its neighbours or a cloud's metadata.",
          },
        ],
  )
}

function splitHost(text: unknown): readonly [string, unknown] {
  const match = /^([^=:]+)[=:](.*)$/.exec(String(text))
  return [match?.[1] ?? '', match?.[2] ?? '']
}

export const foreignServers: Check = (value, at) =>
  list(value).flatMap((address, index) =>
    typeof address === 'string' && isForeign(address)
      ? []
      : hit(
          address,
          { ...at, path: [...at.path, index] },
          'Name a public server, or take it out: the engine resolves names by itself.',
        ),
  )

/** `name:` of a volume, network, config or secret: Compose's own answer, or somebody else's resource. */
export function ownName(at: At): Check {
  const key = String(at.path.at(-1))
  return (value, here) =>
    value === `${at.model.name ?? ''}_${key}`
      ? []
      : hit(value, here, 'Take `name` out: with a name of its own it would be shared with others.')
}
