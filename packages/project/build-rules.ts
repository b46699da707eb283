import { foreignHosts, insideBelow, insideContext, ownLabels } from './checks.ts'
import {
  applyRules,
  type Check,
  checked,
  dropped,
  eachEntry,
  eachItem,
  hit,
  isMapping,
  keyed,
  oneOf,
  passes,
  type Rules,
  refused,
} from './rule.ts'

const RIGHTS = 'Take it out: a build runs without rights over its host.'

/** Contexts besides the main one: folders of the checkout, other services' images, ready images. */
const contexts: Check = eachEntry((value, at) => {
  if (typeof value === 'string' && value.startsWith('docker-image://')) return []
  const service = typeof value === 'string' ? /^service:(.+)$/.exec(value)?.[1] : undefined
  if (service !== undefined && Object.hasOwn(at.model.services, service)) return []
  return insideContext(value, at)
})

/** Previews neither read nor write these caches; what names a folder elsewhere is refused all the same. */
const caches: Check = eachItem((value, at) => {
  if (typeof value === 'string' && !/\btype\s*=\s*local\b/i.test(value)) return []
  const folders = String(value)
    .split(',')
    .flatMap((part) => /^\s*(?:src|dest)\s*=(.*)$/i.exec(part)?.[1] ?? [])
  const outside = folders.flatMap((folder) => insideBelow(at.root)(folder.trim(), at))
  return outside.map((found) => ({ ...found, value }))
})

const SECRET: Rules = { source: passes, target: passes, uid: passes, gid: passes, mode: passes }

const buildSecrets: Check = eachItem((value, at) => {
  const source = isMapping(value) ? String(value.source) : ''
  const secret = at.model.secrets?.[source]
  if (secret?.file === undefined) return hit(source, at, 'Give the secret a `file:` in the repository.')
  return keyed(SECRET)(value, at)
})

export const BUILD_RULES: Rules = {
  additional_contexts: checked('folders of the repository, service:<name>, docker-image://', contexts),
  args: checked('values; names alone only where .env or the workflow gives a value', () => []),
  cache_from: checked('dropped, unless it names a folder outside', caches),
  cache_to: checked('dropped, unless it names a folder outside', caches),
  context: checked('a folder of the repository', insideContext),
  dockerfile: checked('a file of the repository', () => []),
  dockerfile_inline: passes,
  entitlements: refused(RIGHTS),
  extra_hosts: checked("addresses that are not the host's, link-local or a metadata service's", foreignHosts),
  isolation: refused(RIGHTS),
  labels: checked('any but dev.mayfly.* and com.docker.*', ownLabels),
  network: checked('none, default', oneOf(['none', 'default'], 'Write none or take it out.')),
  no_cache: passes,
  no_cache_filter: dropped('the whole cache counts or none of it'),
  platforms: passes,
  privileged: refused(RIGHTS),
  provenance: dropped('Mayfly records where an image came from itself'),
  pull: passes,
  sbom: dropped('Mayfly records where an image came from itself'),
  secrets: checked('files of the repository', buildSecrets),
  shm_size: passes,
  ssh: refused("Take it out: the runner's keys stay with the runner."),
  tags: dropped('images are named by Mayfly'),
  target: passes,
  ulimits: dropped('the builder has its own'),
}

/** @param value the normalised mapping, or the short form: a context alone. */
export const BUILD: Check = (value, at) => {
  if (!isMapping(value)) return insideContext(value, at)
  const hits = applyRules(BUILD_RULES, value, at)
  const { context, dockerfile, dockerfile_inline } = value
  // Where the context itself is refused, so is everything in it; once is enough.
  if (dockerfile === undefined || dockerfile_inline !== undefined || insideContext(context, at).length > 0) return hits
  return [...hits, ...insideBelow(context)(dockerfile, { ...at, path: [...at.path, 'dockerfile'] })]
}
