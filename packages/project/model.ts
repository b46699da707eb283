/**
 * The normalised model that `docker compose config --format json` answers with: the fields that Mayfly reads or
 * writes, spelled as Compose spells them. Everything else passes through untouched as `unknown`.
 */
export interface ComposeModel {
  name?: string
  services: Record<string, ComposeService>
  networks?: Record<string, ComposeNetwork | null>
  volumes?: Record<string, ComposeVolume | null>
  configs?: Record<string, ComposeFile>
  secrets?: Record<string, ComposeFile>
  [key: string]: unknown
}

export interface ComposeService {
  image?: string
  build?: ComposeBuild
  command?: string[] | null
  entrypoint?: string[] | null
  environment?: Record<string, string | null>
  labels?: Record<string, string>
  networks?: Record<string, ComposeAttachment | null>
  network_mode?: string
  volumes?: ComposeMount[]
  configs?: ComposeFileUse[]
  secrets?: ComposeFileUse[]
  ports?: ComposePort[]
  expose?: string[]
  depends_on?: Record<string, ComposeDependency>
  healthcheck?: ComposeHealthcheck
  deploy?: ComposeDeploy
  mem_limit?: string
  memswap_limit?: string
  cpus?: number | string
  pids_limit?: number
  security_opt?: string[]
  restart?: string
  platform?: string
  pull_policy?: string
  scale?: number
  container_name?: string
  profiles?: string[]
  [key: string]: unknown
}

export interface ComposeBuild {
  context: string
  dockerfile?: string
  dockerfile_inline?: string
  args?: Record<string, string | null>
  target?: string
  platforms?: string[]
  labels?: Record<string, string>
  secrets?: ComposeFileUse[]
  additional_contexts?: Record<string, string>
  shm_size?: string
  no_cache?: boolean
  pull?: boolean
  tags?: string[]
  [key: string]: unknown
}

export interface ComposeMount {
  type: string
  source?: string
  target: string
  read_only?: boolean
  bind?: Record<string, unknown>
  volume?: Record<string, unknown>
  tmpfs?: Record<string, unknown>
  [key: string]: unknown
}

/** A service's use of a top-level config or secret. */
export interface ComposeFileUse {
  source: string
  target?: string
  uid?: string
  gid?: string
  mode?: string | number
}

/** A top-level config or secret. `file` is absolute once Compose has read it. */
export interface ComposeFile {
  name?: string
  file?: string
  content?: string
  environment?: string
  external?: boolean
  [key: string]: unknown
}

export interface ComposePort {
  mode?: string
  host_ip?: string
  target: number
  published?: string
  protocol?: string
  [key: string]: unknown
}

export interface ComposeDependency {
  condition: 'service_started' | 'service_healthy' | 'service_completed_successfully'
  required?: boolean
  restart?: boolean
}

export interface ComposeHealthcheck {
  test?: string[]
  interval?: string
  timeout?: string
  start_period?: string
  start_interval?: string
  retries?: number
  disable?: boolean
}

export interface ComposeDeploy {
  replicas?: number
  resources?: {
    limits?: { cpus?: string | number; memory?: string; pids?: number; [key: string]: unknown }
    reservations?: Record<string, unknown>
  }
  [key: string]: unknown
}

export interface ComposeAttachment {
  aliases?: string[]
  [key: string]: unknown
}

export interface ComposeNetwork {
  name?: string
  driver?: string
  internal?: boolean
  external?: boolean
  ipam?: { driver?: string; config?: { subnet?: string; [key: string]: unknown }[]; [key: string]: unknown }
  labels?: Record<string, string>
  [key: string]: unknown
}

export interface ComposeVolume {
  name?: string
  driver?: string
  driver_opts?: Record<string, string>
  external?: boolean
  labels?: Record<string, string>
  [key: string]: unknown
}
