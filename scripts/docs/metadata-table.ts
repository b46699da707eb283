import { OCI } from '@mayfly/core'
import { readLabels, tableOf } from './label-table.ts'

/** What the standard's keys hold on an artifact; a key that is not here does not compile. */
const STANDARD: Readonly<Record<keyof typeof OCI, string>> = {
  created: 'When the commit was made, ISO 8601; never the time of the build.',
  revision: 'The commit that it was built from.',
  source: 'URL of the repository.',
  title: "The service's name.",
  version: "The version that it was built as: a pull request's pre-release where a pull request built it first.",
  licenses: "`license` of a function's package.json.",
  baseName: 'Name of the base image, of a function.',
  baseDigest: 'Digest of the base image, of a function.',
}

/** Those of our labels that say something of an image, and not of what runs it. */
const OF_IMAGES = [
  'owner',
  'environment',
  'kind',
  'pullRequest',
  'revision',
  'artifact',
  'key',
  'inputs',
  'runtime',
  'dependencies',
  'ttl',
  'service',
]

/** What an artifact says of itself, as a Markdown table. */
export async function metadataTable(source: string): Promise<string> {
  const labels = await readLabels(source)
  const ours = OF_IMAGES.map((name) => {
    const label = labels.find((one) => one.name === name)
    if (label === undefined) throw new Error(`There is no label ${name} in ${source}.`)
    return label
  })
  const standard = Object.entries(OCI).map(([name, key]) => ({ key, meaning: STANDARD[name as keyof typeof OCI] }))
  return tableOf([...standard, ...ours])
}
