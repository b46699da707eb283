import type { FieldPath } from './findings.ts'
import type { ComposeModel } from './model.ts'

/** What a check knows besides the value. */
export interface At {
  path: FieldPath
  /** The checkout, by realpath. */
  root: string
  model: ComposeModel
}

export interface Hit {
  path: FieldPath
  value: unknown
  cure: string
}

export type Check = (value: unknown, at: At) => Hit[]

/** One line of the policy. The table in docs/policy.md is made from these, so that it cannot say anything else. */
export type Rule =
  | { verdict: 'passes' }
  /** Left out of the preview; `says` completes "dropped: ...". */
  | { verdict: 'dropped'; says: string }
  | { verdict: 'refused'; cure: string }
  /** `says` tells what passes. */
  | { verdict: 'checked'; says: string; check: Check }

export type Rules = Readonly<Record<string, Rule>>

export const passes: Rule = { verdict: 'passes' }
export const refused = (cure: string): Rule => ({ verdict: 'refused', cure })
export const dropped = (says: string): Rule => ({ verdict: 'dropped', says })
export const checked = (says: string, check: Check): Rule => ({ verdict: 'checked', says, check })

export const UNKNOWN = 'Take it out: it is not known to be safe in a preview.'

/** An allow-list: what no rule names is refused, so that a key that Compose learns tomorrow is refused today. */
export function applyRules(rules: Rules, value: unknown, at: At): Hit[] {
  return entries(value).flatMap(([key, item]): Hit[] => {
    if (key.startsWith('x-') || isNothing(item)) return []
    const path = [...at.path, key]
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined
    if (rule === undefined) return [{ path, value: item, cure: UNKNOWN }]
    if (rule.verdict === 'refused') return [{ path, value: item, cure: rule.cure }]
    return rule.verdict === 'checked' ? rule.check(item, { ...at, path }) : []
  })
}

/** The same rules for each item of a list. */
export function eachItem(check: Check): Check {
  return (value, at) => list(value).flatMap((item, index) => check(item, { ...at, path: [...at.path, index] }))
}

/** The same check for each value of a mapping, whatever its keys. */
export function eachEntry(check: Check): Check {
  return (value, at) => entries(value).flatMap(([key, item]) => check(item, { ...at, path: [...at.path, key] }))
}

export function keyed(rules: Rules): Check {
  return (value, at) =>
    isNothing(value) ? [] : isMapping(value) ? applyRules(rules, value, at) : [{ path: at.path, value, cure: UNKNOWN }]
}

/** Only these values pass. */
export function oneOf(allowed: readonly unknown[], cure: string): Check {
  return (value, at) => (allowed.includes(value) ? [] : [{ path: at.path, value, cure }])
}

export function hit(value: unknown, at: At, cure: string): Hit[] {
  return [{ path: at.path, value, cure }]
}

/** What Compose writes for "not asked for". */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function entries(value: unknown): [string, unknown][] {
  return isMapping(value) ? Object.entries(value) : []
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
}
