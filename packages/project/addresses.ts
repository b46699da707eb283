import { hashOf } from './hash.ts'
import type { Isolated } from './isolate.ts'
import type { ComposeModel } from './model.ts'

/**
 * Gives every service that the gateway talks to a fixed address from the upper half of its network, which the engine
 * leaves alone when it hands out addresses itself. A container that restarts by itself is then where it was.
 */
export function withAddresses(isolated: Isolated, subnets: Readonly<Record<string, string>>): ComposeModel {
  const model = structuredClone(isolated.model)
  const taken = new Map<string, Set<number>>()
  for (const service of [...isolated.services].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const network = isolated.networks.find((candidate) => candidate.key === service.fixedOn)
    const subnet = network && subnets[network.name]
    const target = model.services[service.name]
    if (service.fixedOn === undefined || subnet === undefined || target === undefined) continue
    const used = taken.get(service.fixedOn) ?? new Set()
    taken.set(service.fixedOn, used)
    const { upper, size } = halves(subnet)
    // The place follows from the name, so that a service that comes or goes seldom moves another.
    let slot = Number.parseInt(hashOf(service.name).slice(0, 8), 16) % size
    while (used.has(slot)) slot = (slot + 1) % size
    used.add(slot)
    target.networks = {
      ...target.networks,
      [service.fixedOn]: { ...target.networks?.[service.fixedOn], ipv4_address: upper(slot) },
    }
  }
  return model
}

/** The upper half of a subnet, without the broadcast address. */
function halves(subnet: string): { upper: (slot: number) => string; size: number } {
  const [address = '', bits = '32'] = subnet.split('/')
  const start = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const half = 2 ** (32 - Number(bits)) / 2
  const upper = (slot: number) => [24, 16, 8, 0].map((shift) => Math.floor((start + half + slot) / 2 ** shift) % 256).join('.')
  return { upper, size: half - 1 }
}
