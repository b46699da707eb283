import { LABEL, type Labels } from '@mayfly/core'
import type { Engine } from './connect.ts'

/** Everything on an engine that carries an owner label, as it is now. */
export interface Observed {
  containers: Container[]
  networks: Network[]
  volumes: Volume[]
}

export interface Container {
  id: string
  name: string
  labels: Labels
  state: string
  health: 'none' | 'starting' | 'healthy' | 'unhealthy'
  /** Of the last end; undefined while it has not ended. */
  exitCode: number | undefined
  imageId: string
  /** IPv4 address by network name. */
  addresses: Readonly<Record<string, string>>
  /** Names of the volumes it mounts. */
  volumes: string[]
  createdAt: Date
}

export interface Network {
  id: string
  name: string
  labels: Labels
  subnet: string | undefined
  createdAt: Date
}

export interface Volume {
  name: string
  labels: Labels
  createdAt: Date
}

export interface Scope {
  owner?: string
  environment?: string
}

/** Lists what carries our labels. Any error is thrown: half a list would be read as "the rest is gone". */
export async function observe(engine: Engine, scope: Scope = {}): Promise<Observed> {
  const filters = filtersOf(scope)
  const [containers, networks, volumes] = await Promise.all([
    observeContainers(engine, scope),
    engine.api.listNetworks({ filters }),
    engine.api.listVolumes({ filters }),
  ])
  return {
    containers,
    networks: networks.map((network) => ({
      id: network.Id,
      name: network.Name,
      labels: network.Labels ?? {},
      subnet: network.IPAM?.Config?.[0]?.Subnet,
      createdAt: new Date(network.Created),
    })),
    volumes: (volumes.Volumes ?? []).map((volume) => ({
      name: volume.Name,
      labels: volume.Labels ?? {},
      createdAt: new Date('CreatedAt' in volume && typeof volume.CreatedAt === 'string' ? volume.CreatedAt : 0),
    })),
  }
}

/** The containers alone, for whoever asks again and again: listing networks grows with all that the host has. */
export async function observeContainers(engine: Engine, scope: Scope = {}): Promise<Container[]> {
  const containers = await engine.api.listContainers({ all: true, filters: filtersOf(scope) })
  return containers.map(toContainer)
}

function filtersOf({ owner, environment }: Scope): { label: string[] } {
  return {
    label: [
      owner === undefined ? LABEL.owner : `${LABEL.owner}=${owner}`,
      ...(environment === undefined ? [] : [`${LABEL.environment}=${environment}`]),
    ],
  }
}

interface ListedContainer {
  Id: string
  Names: string[]
  Labels: Record<string, string>
  State: string
  Status: string
  ImageID: string
  Created: number
  NetworkSettings: { Networks: Record<string, { IPAddress: string }> }
  Mounts: { Type: string; Name?: string | undefined }[]
}

function toContainer(listed: ListedContainer): Container {
  return {
    id: listed.Id,
    name: (listed.Names[0] ?? '').replace(/^\//, ''),
    labels: listed.Labels ?? {},
    state: listed.State,
    health: readHealth(listed.Status),
    exitCode: readExitCode(listed.Status),
    imageId: listed.ImageID,
    addresses: Object.fromEntries(
      Object.entries(listed.NetworkSettings?.Networks ?? {}).flatMap(([name, network]) =>
        network.IPAddress ? [[name, network.IPAddress]] : [],
      ),
    ),
    volumes: (listed.Mounts ?? []).flatMap((mount) => (mount.Type === 'volume' && mount.Name ? [mount.Name] : [])),
    createdAt: new Date(listed.Created * 1000),
  }
}

/** The list call says health only in its sentence, `Up 3 seconds (health: starting)`; one call for all beats an inspect for each. */
function readHealth(status: string): Container['health'] {
  if (status.includes('(healthy)')) return 'healthy'
  if (status.includes('(unhealthy)')) return 'unhealthy'
  if (status.includes('(health: starting)')) return 'starting'
  return 'none'
}

function readExitCode(status: string): number | undefined {
  const match = /^Exited \((\d+)\)/.exec(status)
  return match ? Number(match[1]) : undefined
}

export interface OwnedImage {
  id: string
  labels: Labels
  tags: string[]
  createdAt: Date
}

/** Images that Mayfly built for this owner. */
export async function observeImages(engine: Engine, owner: string): Promise<OwnedImage[]> {
  const images = await engine.api.listImages({ filters: { label: [`${LABEL.owner}=${owner}`] } })
  return images.map((image) => ({
    id: image.Id,
    labels: image.Labels ?? {},
    tags: (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>'),
    createdAt: new Date(image.Created * 1000),
  }))
}
