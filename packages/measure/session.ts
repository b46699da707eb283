import { LABEL, type Log, nameBelongsTo, UserError } from '@mayfly/core'
import { containerFacts, createVolume, type Engine, holdVolume, observe, putFiles, remove } from '@mayfly/engine'
import { labelsOf, type Target } from '@mayfly/environment'
import { tar } from '@mayfly/oci'
import type { ComposeService, Isolated } from '@mayfly/project'
import { HOOK_COVERAGE_VARIABLE, HOOK_FOLDER_VARIABLE } from './hook/protocol.ts'
import { type CoverageSpec, coverageSpecs } from './spec.ts'

/** Where the session's volume is in every container that has it. */
export const FOLDER = '/mayfly'
const HOOK = 'hook.cjs'

/** What one run of measuring has on an engine: a volume that Node services write to, and a hand in it. */
export interface Session {
  target: Target
  id: string
  volume: string
  /** A container that never runs: files are put and taken through it whatever becomes of the services. */
  holder: string
  /** The services that have the hook. */
  hooked: CoverageSpec[]
  /** All that are started anew for it: these, and those that say what else runs while they are measured. */
  changed: string[]
  /** What runs while it lasts. */
  isolated: Isolated
}

/**
 * Makes ready what services need to be measured, and says what is to run then. Nothing that runs is touched.
 * @param hook the text of the program that Node services load.
 * @throws UserError for an environment that does not expire: coverage and profiles are for previews alone.
 */
export async function openSession(
  engine: Engine,
  asked: { target: Target; isolated: Isolated; expires: boolean; coverage: boolean; hook: string; log: Log },
): Promise<Session> {
  const { target, isolated, expires, coverage, hook, log } = asked
  if (!expires) {
    throw new UserError(
      `${target.id} never expires, so it is no preview; coverage and profiles are gathered in previews alone.`,
      {
        cure: 'Test a preview, or leave coverage and profile out: tests and latency are measured anywhere.',
      },
    )
  }
  const id = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`
  const [volume, name] = [`${target.id}_mayfly-measure-${id}`, `${target.id}-mayfly-measure-${id}`]
  const labels = { ...labelsOf(target), [LABEL.role]: 'measure' }
  const specs = coverageSpecs(isolated).asked
  const hooked = specs.filter((spec) => spec.kind === 'node')
  const others = coverage ? specs.filter((spec) => spec.command.length > 0 || Object.keys(spec.environment).length > 0) : []
  const image = isolated.services
    .map((service) => isolated.model.services[service.name]?.image)
    .find((found) => found !== undefined)
  if (image === undefined) throw new UserError(`${target.id} runs nothing that could be measured.`)
  await closeSessions(engine, target, log)
  await createVolume(engine, volume, labels)
  const holder = await holdVolume(engine, { name, image: image.replaceAll('$$', '$'), volume, path: FOLDER, labels })
  await putFiles(engine, holder, FOLDER, contentOf(hook, hooked))
  const environments = await environmentsOf(engine, target, hooked)
  const changed = [...hooked, ...others].map(({ service }) => service)
  return {
    target,
    id,
    volume,
    holder,
    hooked,
    changed,
    isolated: measuredModel(isolated, { id, volume, coverage }, environments, others),
  }
}

/** Everybody may write into a service's folder, as in /tmp: who a service runs as is its image's business. */
function contentOf(hook: string, hooked: readonly CoverageSpec[]): Buffer {
  const folders = hooked.map(({ service }) => ({ path: `out/${service}`, kind: 'folder' as const, mode: 0o1777 }))
  return tar([{ path: HOOK, kind: 'file', bytes: Buffer.from(hook) }, ...folders], Math.floor(Date.now() / 1000))
}

/** NODE_OPTIONS as each service has it now, from its image or its definition: what is added must not take it away. */
async function environmentsOf(engine: Engine, target: Target, hooked: readonly CoverageSpec[]): Promise<Map<string, string>> {
  const { containers } = await observe(engine, { owner: target.owner, environment: target.id })
  const found = new Map<string, string>()
  for (const { service } of hooked) {
    const own = containers.find(({ labels }) => labels[LABEL.role] === 'service' && labels[LABEL.service] === service)
    const facts = own === undefined ? undefined : await containerFacts(engine, own.id)
    found.set(service, withoutHook(facts?.environment.NODE_OPTIONS ?? ''))
  }
  return found
}

const REQUIRE = `--require=${FOLDER}/${HOOK}`

/** A run that was killed may have left its own. */
function withoutHook(options: string): string {
  return options.replace(REQUIRE, '').trim()
}

function measuredModel(
  isolated: Isolated,
  { id, volume, coverage }: { id: string; volume: string; coverage: boolean },
  environments: ReadonlyMap<string, string>,
  others: readonly CoverageSpec[],
): Isolated {
  const model = structuredClone(isolated.model)
  model.volumes = { ...model.volumes, 'mayfly-measure': { name: volume, external: true } }
  const services = isolated.services.map((service) => {
    const options = environments.get(service.name)
    const spec = others.find((one) => one.service === service.name)
    const own = model.services[service.name]
    if (own === undefined || (options === undefined && spec === undefined)) return service
    if (options !== undefined) hookInto(own, service.name, options, coverage)
    if (spec !== undefined) changeInto(own, spec)
    // Another definition: Compose and the plan both see that it has to be started anew, now and when it is put back.
    const config = `${service.config}-${id}`
    own.labels = { ...own.labels, [LABEL.config]: config }
    return { ...service, config }
  })
  return { ...isolated, model, services }
}

function changeInto(service: ComposeService, { command, environment }: CoverageSpec): void {
  const escaped = Object.entries(environment).map(([name, value]) => [name, value.replaceAll('$', '$$$$')])
  service.environment = { ...service.environment, ...Object.fromEntries(escaped) }
  if (command.length > 0) service.command = command.map((word) => word.replaceAll('$', '$$$$'))
}

function hookInto(service: ComposeService, name: string, options: string, coverage: boolean): void {
  service.environment = {
    ...service.environment,
    NODE_OPTIONS: [options.replaceAll('$', '$$$$'), REQUIRE].filter((part) => part !== '').join(' '),
    [HOOK_FOLDER_VARIABLE]: `${FOLDER}/out/${name}`,
    ...(coverage ? {} : { [HOOK_COVERAGE_VARIABLE]: 'off' }),
  }
  service.volumes = [...(service.volumes ?? []), { type: 'volume', source: 'mayfly-measure', target: FOLDER }]
}

/** Removes what sessions of this environment left, but for volumes that a container still uses; safe to repeat. */
export async function closeSessions(engine: Engine, target: Target, log: Log): Promise<void> {
  const observed = await observe(engine, { owner: target.owner, environment: target.id })
  const ours = (own: { name: string; labels: Readonly<Record<string, string>> }) =>
    own.labels[LABEL.role] === 'measure' && nameBelongsTo(own.name, target.id)
  const used = new Set(observed.containers.filter((container) => !ours(container)).flatMap((container) => container.volumes))
  const gone = {
    containers: observed.containers.filter(ours),
    networks: [],
    volumes: observed.volumes.filter((volume) => ours(volume) && !used.has(volume.name)),
  }
  if (gone.containers.length + gone.volumes.length > 0) log.debug(`Removing ${gone.volumes.length} volumes of measuring.`)
  await remove(engine, gone)
}
