import type { ServiceMeasured } from '@mayfly/core'
import { type CoverageMap, type Gathered, mapPaths, mergeCoverage, readCoverage, readV8 } from '@mayfly/coverage'
import type { Recorded } from '@mayfly/environment'
import { containerPaths } from './container-paths.ts'
import { readHookFiles } from './hook/read.ts'
import type { Raw } from './measure-running.ts'
import { type CoverageSpec, coverageSpecs } from './spec.ts'

/** The repository at the commit that was measured. */
export interface Repository {
  /** Every tracked file. */
  files: ReadonlySet<string>
  /** The text of one; undefined where it is no text or too large. */
  read: (path: string) => string | undefined
  /** How many lines it has; undefined where its text is not known. */
  lines: (path: string) => number | undefined
}

/** What was gathered from running services, in the repository's own paths, and how each service fared. */
export interface FromServices {
  gathered: Gathered[]
  services: ServiceMeasured[]
  unmapped: { source: string; path: string; why: string }[]
  notices: string[]
}

/** Reads what services left behind. Whatever a service sent can be broken; then it is told of as silent, with the reason. */
export async function gatherServices(
  raw: Raw,
  { record, isolated }: Recorded,
  repository: Repository,
  wanted: boolean,
): Promise<FromServices> {
  const { asked, others } = coverageSpecs(isolated)
  const read: FromServices = { gathered: [], services: [], unmapped: [], notices: [] }
  const tell = (service: string, coverage: ServiceMeasured['coverage'], why: string) => {
    const placed = record.placed.find((one) => one.service === service)
    const digest = /sha256:[0-9a-f]{64}/.exec(placed?.reference ?? '')?.[0] ?? ''
    read.services.push({
      name: service,
      artifact: placed?.name ?? '',
      digest,
      coverage,
      why,
      deaths: raw.deaths.get(service) ?? 0,
    })
  }
  for (const spec of asked) {
    if (!wanted) {
      tell(spec.service, 'not asked', 'Coverage was not asked for.')
      continue
    }
    const [files, why, state = files === undefined ? 'silent' : 'measured'] =
      spec.kind === 'node' ? await fromNode(raw, spec, repository, read) : fromReports(raw, spec, repository, read)
    if (files !== undefined) read.gathered.push(files)
    tell(spec.service, state, why)
  }
  for (const { service, why } of others) tell(service, 'not asked', why)
  return { ...read, services: read.services.sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

/** What runs a function is Mayfly's own and nobody's to cover. */
const RUNTIME = /^(?:file:\/\/)?\/app\/runtime\.mjs$/

const NOT_NODE = 'No Node process started in it; say how it gives coverage with x-mayfly.coverage.'

type Outcome = [files: Gathered | undefined, why: string, state?: ServiceMeasured['coverage']]

async function fromNode(raw: Raw, spec: CoverageSpec, repository: Repository, read: FromServices): Promise<Outcome> {
  const { service } = spec
  const left = raw.hooks.find((one) => one.service === service)
  if (left === undefined || left.files.every(({ name }) => !/^\d+-\d+-\d+\.json$/.test(name))) {
    const death = deathOf(raw, service)
    // That it is Node was only supposed, of everything that is built here.
    return death === '' ? [undefined, NOT_NODE, 'not asked'] : [undefined, death]
  }
  const { dumps, scripts, notices } = readHookFiles(left.files)
  const toRepository = containerPaths(spec, raw.directories.get(service) ?? '', repository.files)
  const v8 = await readV8(dumps, scripts, { toRepository, readSource: repository.read })
  read.notices.push(...[...notices, ...v8.notices].map((notice) => `${service}: ${notice}`))
  const foreign = v8.unmapped.filter(({ path }) => !RUNTIME.test(path))
  read.unmapped.push(...foreign.map((one) => ({ source: service, ...one })))
  if (v8.files.size === 0) {
    const first = foreign[0]
    const why =
      first === undefined
        ? 'It ran nothing of its own.'
        : `What it ran is no file of the repository (${first.path}); name the folders with x-mayfly.coverage.paths.`
    return [undefined, deathOf(raw, service) || why]
  }
  const late = left.silent > 0 ? ` ${left.silent} of its processes did not answer; what they wrote before counts.` : ''
  return [{ name: service, kind: 'service', format: 'v8', files: v8.files }, `From its Node processes while they ran.${late}`]
}

function fromReports(raw: Raw, spec: CoverageSpec, repository: Repository, read: FromServices): Outcome {
  const { service } = spec
  const report = raw.reports.find((one) => one.spec.service === service)?.files ?? 'It was not asked.'
  if (typeof report === 'string') return [undefined, deathOf(raw, service) || report]
  const reports: CoverageMap[] = []
  let format = ''
  for (const file of report) {
    try {
      const found = readCoverage(file.bytes, `${file.path} of ${service}`)
      format = found.format
      const mapping = { ...guessed(raw, spec), ...spec.paths }
      const { files, lines: lineCount } = repository
      const mapped = mapPaths(found.files, { mapping, files, lineCount, folder: spec.directory, sources: found.sources })
      reports.push(mapped.files)
      read.notices.push(...found.notices.map((notice) => `${service}: ${notice}`))
      read.unmapped.push(...mapped.unmapped.map((one) => ({ source: service, ...one })))
    } catch (error) {
      return [undefined, error instanceof Error ? error.message : String(error)]
    }
  }
  const files = mergeCoverage(reports)
  if (files.size === 0)
    return [undefined, `${spec.file} names no file of the repository; say where they are with x-mayfly.coverage.paths.`]
  return [{ name: service, kind: 'service', format, files }, `From ${spec.file} in its container.`]
}

/** Where nobody says it, the image's working directory is the folder that it is built from. */
function guessed(raw: Raw, { service, directory }: CoverageSpec): Record<string, string> {
  const inside = raw.directories.get(service) ?? ''
  return inside === '' || inside === '/' ? {} : { [inside]: directory }
}

function deathOf(raw: Raw, service: string): string {
  const deaths = raw.deaths.get(service) ?? 0
  return deaths === 0 ? '' : `It ended ${deaths === 1 ? 'once' : `${deaths} times`} while the tests ran.`
}
