import { getInput, setSecret } from '@actions/core'
import { parseDuration, UserError } from '@mayfly/core'

/** An input as text; empty where it was not given. */
export function textInput(name: string): string {
  return getInput(name)
}

/** An input, or undefined where it was not given. */
export function optionalInput(name: string): string | undefined {
  return getInput(name) || undefined
}

/** An input that must never be shown: masked in every log line from here on. */
export function secretInput(name: string): string | undefined {
  const value = getInput(name)
  if (value === '') return undefined
  // The runner masks line by line, so a key of many lines needs each of them named.
  for (const line of value.split('\n')) if (line.trim().length >= 4) setSecret(line.trim())
  return value
}

/** `true` or `false`, as the YAML core schema spells them. */
export function flagInput(name: string): boolean {
  const value = getInput(name)
  if (/^(true|True|TRUE)$/.test(value)) return true
  if (/^(false|False|FALSE)?$/.test(value)) return false
  throw new UserError(`The input ${name} is "${value}".`, { cure: 'Write true or false.' })
}

/** Milliseconds; `never` and nothing are undefined. */
export function durationInput(name: string): number | undefined {
  const value = getInput(name)
  return value === '' || value === 'never' ? undefined : parseDuration(value, `The input ${name}`)
}

/** One item a line, or separated by commas or spaces. */
export function listInput(name: string): string[] {
  return getInput(name)
    .split(/[\s,]+/)
    .filter((item) => item !== '')
}

/** One item a line, without blank lines and comments (`#`). */
export function linesInput(name: string): string[] {
  return getInput(name)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** One of a few words; `fallback` where nothing is given. */
export function choiceInput<const T extends string>(name: string, allowed: readonly T[], fallback: T): T {
  const value = getInput(name) || fallback
  const found = allowed.find((choice) => choice === value)
  if (found === undefined)
    throw new UserError(`The input ${name} is "${value}".`, { cure: `Write one of: ${allowed.join(', ')}.` })
  return found
}

/**
 * The named variables of the runner, with their values. Only these ever reach a Compose file: everything else in the
 * job's environment, secrets among it, stays out.
 */
export function readVariables(
  names: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  field: string,
): Record<string, string> {
  const values: Record<string, string> = {}
  for (const name of names) {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new UserError(`${field} holds "${name}", which is not the name of a variable.`)
    if (value === undefined) {
      throw new UserError(`${field} names ${name}, which is not set.`, {
        cure: `Set it in the step's env:, or take it out of the list.`,
      })
    }
    values[name] = value
  }
  return values
}
