import type { Labels } from '@mayfly/core'
import { UserError } from '@mayfly/core'
import { type Engine, statusOf } from './connect.ts'

/**
 * Where previews' subnets are cut from: 2,048 of /27. Docker's own pools (172.17-31, 192.168) end after about
 * 31 networks, and a private range that VPNs and clouds rarely use is left alone by both.
 */
const POOL = { first: toNumber('10.213.0.0'), size: 2 ** 16 }

export interface NewNetwork {
  name: string
  labels: Labels
  /** How many containers will join. Both halves of the subnet hold them all: fixed addresses come from the upper one. */
  members: number
  internal: boolean
}

/**
 * Creates a network with a small subnet of its own and returns the subnet; one of that name that is already there is kept.
 * The engine hands out addresses from the lower half only, so that the upper half can be given out as fixed ones.
 * Two runs may choose the same block at once: the engine refuses the second, which takes the next.
 */
export async function createNetwork(engine: Engine, wanted: NewNetwork): Promise<string> {
  const bits = 27 - Math.max(0, Math.ceil(Math.log2((wanted.members + 3) / 16)))
  for (let attempt = 0; attempt < 20; attempt++) {
    const networks = await engine.api.listNetworks()
    const present = networks.find((network) => network.Name === wanted.name)?.IPAM?.Config?.[0]?.Subnet
    if (present !== undefined) return present
    const taken = networks.flatMap((network) =>
      (network.IPAM?.Config ?? []).flatMap((config) => (config.Subnet ? [config.Subnet] : [])),
    )
    const subnet = freeSubnet(taken, bits, attempt)
    if (subnet === undefined) {
      throw new UserError(`No free subnet is left for ${wanted.name}.`, {
        cure: 'Remove environments (`mayfly sweep`) and try again.',
      })
    }
    try {
      await engine.api.createNetwork({
        Name: wanted.name,
        CheckDuplicate: true,
        Driver: 'bridge',
        Internal: wanted.internal,
        Labels: { ...wanted.labels },
        IPAM: { Driver: 'default', Config: [{ Subnet: subnet, IPRange: subnet.replace(/\d+$/, String(bits + 1)) }] },
      })
      return subnet
    } catch (error) {
      const said = error instanceof Error ? error.message : ''
      if (statusOf(error) === 409) continue
      if (!/overlap|already (in use|allocated)|conflicts with/i.test(said)) throw error
    }
  }
  throw new UserError(`No subnet could be taken for ${wanted.name}: other runs took each one first.`, { cure: 'Run this again.' })
}

/** The first block of /`bits` in the pool that meets none of `taken`; `skip` free ones are passed over. */
export function freeSubnet(taken: readonly string[], bits: number, skip = 0): string | undefined {
  const size = 2 ** (32 - bits)
  const used = taken.flatMap(toRange)
  let passed = 0
  for (let start = POOL.first; start + size <= POOL.first + POOL.size; start += size) {
    if (used.some((range) => range.start < start + size && start < range.end)) continue
    if (passed++ === skip) return `${toAddress(start)}/${bits}`
  }
  return undefined
}

function toRange(subnet: string): { start: number; end: number }[] {
  const [address = '', bits = ''] = subnet.split('/')
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(address)) return []
  const size = 2 ** (32 - Number(bits))
  const start = Math.floor(toNumber(address) / size) * size
  return [{ start, end: start + size }]
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}
