import { BUILD_RULES } from './build-rules.ts'
import { type FieldPath, type Finding, formatField, oneLine } from './findings.ts'
import type { Where } from './mayfly-fields.ts'
import type { ComposeModel } from './model.ts'
import { FILE, NETWORK, VOLUME } from './resource-rules.ts'
import { type At, applyRules, type Check, checked, eachEntry, type Hit, keyed, passes, type Rules, refused } from './rule.ts'
import { SERVICE } from './service-rules.ts'
import { entriesOf, locate, type YamlFile } from './yaml-file.ts'

const each = (rules: Rules): Check => eachEntry(keyed(rules))

const TOP: Rules = {
  configs: checked('see Configs and secrets', each(FILE)),
  include: checked('files of the repository', () => []),
  models: refused('Take it out: no models are served to previews.'),
  name: passes,
  networks: checked('see Networks', each(NETWORK)),
  secrets: checked('see Configs and secrets', each(FILE)),
  services: checked('see Services', each(SERVICE)),
  version: passes,
  volumes: checked('see Volumes', each(VOLUME)),
}

/** The whole policy, section by section, as it is applied. */
export const SECTIONS: readonly { title: string; rules: Rules }[] = [
  { title: 'Top level', rules: TOP },
  { title: 'Services', rules: SERVICE },
  { title: 'Builds', rules: BUILD_RULES },
  { title: 'Networks', rules: NETWORK },
  { title: 'Volumes', rules: VOLUME },
  { title: 'Configs and secrets', rules: FILE },
]

/**
 * Everything in a normalised model that a preview does not allow. Pure but for links, which are followed on disk.
 * @param root the checkout, by realpath.
 */
export function checkModel(model: ComposeModel, root: string): Hit[] {
  const at: At = { path: [], root, model }
  return [...applyRules(TOP, model, at), ...prototypeKeys(model, [])]
}

/** A name that would change the objects which hold it, here and in whatever reads the model next. */
function prototypeKeys(value: unknown, path: FieldPath): Hit[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => [
    ...(key === '__proto__' ? [{ path: [...path, key], value: item, cure: 'Choose another name.' }] : []),
    ...prototypeKeys(item, [...path, key]),
  ])
}

/**
 * The keys that are refused whatever their value, read from the files as they were written: for keys that the
 * installed Compose does not know, so that it answers with no model at all.
 */
export function checkKeys(files: readonly YamlFile[]): Hit[] {
  const sections = { services: SERVICE, networks: NETWORK, volumes: VOLUME, configs: FILE, secrets: FILE }
  const hits: Hit[] = []
  const look = (rules: Rules, document: YamlFile['documents'][number], node: unknown, path: FieldPath) => {
    for (const { key, value } of entriesOf(document, node)) {
      const rule = Object.hasOwn(rules, key) ? rules[key] : undefined
      if (rule !== undefined && rule.verdict !== 'refused') continue
      const item: unknown = value?.toJS(document)
      // A model of one key: what counts as "not asked for" is decided in one place.
      hits.push(...applyRules(rules, { [key]: item }, { path, root: '/', model: { services: {} } }))
    }
  }
  for (const file of files) {
    for (const document of file.documents) {
      look(TOP, document, document.contents, [])
      for (const [section, rules] of Object.entries(sections)) {
        for (const all of entriesOf(document, document.contents).filter((entry) => entry.key === section)) {
          for (const one of entriesOf(document, all.value)) {
            const path = [section, one.key]
            look(rules, document, one.value, path)
            if (section !== 'services') continue
            for (const build of entriesOf(document, one.value).filter((entry) => entry.key === 'build')) {
              look(BUILD_RULES, document, build.value, [...path, 'build'])
            }
          }
        }
      }
    }
  }
  return hits
}

/** Hits as people read them: with the line that holds the field, where one does. */
export function toFindings(hits: readonly Hit[], files: readonly YamlFile[]): Finding[] {
  return hits.map((hit) => {
    const place = whereIs(files, hit.path)
    return {
      service: hit.path[0] === 'services' && hit.path[1] !== undefined ? String(hit.path[1]) : undefined,
      field: formatField(hit.path),
      value: oneLine(hit.value),
      cure: hit.cure,
      file: place?.file,
      line: place?.line,
    }
  })
}

/** The file and line of a field; the last of several files wins, as it does in Compose. */
function whereIs(files: readonly YamlFile[], path: FieldPath): { file: string; line: number | undefined } | undefined {
  let best: { file: string; line: number | undefined; depth: number } | undefined
  for (const file of files) {
    const found = locate(file, path)
    if (found.depth > 0 && found.depth >= (best?.depth ?? 0)) best = { file: file.name, ...found }
  }
  return best
}

/** Names a field the way an error starts: with its file and line. */
export function placesOf(files: readonly YamlFile[]): Where {
  return (path: FieldPath) => {
    const place = whereIs(files, path)
    const line = place?.line === undefined ? '' : `:${place.line}`
    return place === undefined ? formatField(path) : `${place.file}${line}: ${formatField(path)}`
  }
}
