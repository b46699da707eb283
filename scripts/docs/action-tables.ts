import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

/** What an action.yml declares. */
export interface ActionFile {
  inputs: Field[]
  outputs: Field[]
  /** `runs.using` and `runs.main`. */
  using: string
  main: string
}

export interface Field {
  name: string
  description: string
  default: string | undefined
  /** GitHub does not hold anybody to it: the code does. */
  required: boolean
}

/** @throws where the file is no action.yml, or a field of it has no description. */
export async function readAction(path: string): Promise<ActionFile> {
  const file = mapping(parse(await readFile(path, 'utf8')), path)
  const runs = mapping(file.runs, `${path}: runs`)
  return {
    inputs: fields(file.inputs, `${path}: inputs`),
    outputs: fields(file.outputs, `${path}: outputs`),
    using: text(runs.using, `${path}: runs.using`),
    main: text(runs.main, `${path}: runs.main`),
  }
}

/** An action's inputs and outputs, as Markdown. */
export async function actionTables(path: string): Promise<string> {
  const { inputs, outputs } = await readAction(path)
  const rows = inputs.map((input) => `| \`${input.name}\` | ${cell(input.description)} | ${standard(input)} |`)
  return [
    '## Inputs',
    '',
    sentence(inputs),
    '',
    '| input | what it says | default |',
    '|---|---|---|',
    ...rows,
    '',
    '## Outputs',
    '',
    '| output | what it holds |',
    '|---|---|',
    ...outputs.map((output) => `| \`${output.name}\` | ${cell(output.description)} |`),
    '',
  ].join('\n')
}

function sentence(inputs: readonly Field[]): string {
  const names = inputs.filter(({ required }) => required).map(({ name }) => `\`${name}\``)
  if (names.length === 0) return 'No input is required.'
  return names.length === 1 ? `${names[0]} is required, nothing else.` : `${names.join(', ')} are required, nothing else.`
}

function standard({ required, default: given }: Field): string {
  if (required) return 'required'
  return given === undefined ? '' : `\`${cell(given)}\``
}

function cell(content: string): string {
  return content.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim()
}

function fields(value: unknown, where: string): Field[] {
  return Object.entries(mapping(value, where)).map(([name, field]) => {
    const given = mapping(field, `${where}.${name}`)
    return {
      name,
      description: text(given.description, `${where}.${name}.description`),
      default: given.default === undefined ? undefined : text(given.default, `${where}.${name}.default`),
      required: given.required === true,
    }
  })
}

function mapping(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.fromEntries(Object.entries(value))
  throw new Error(`${where} is no mapping.`)
}

function text(value: unknown, where: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new Error(`${where} is no text.`)
}
