import { UserError } from '@mayfly/core'

/** A place in a Compose file, such as `['services', 'web', 'volumes', 0, 'source']`. */
export type FieldPath = readonly (string | number)[]

/** One thing that the project asks for and a preview does not allow. */
export interface Finding {
  service: string | undefined
  /** Dotted path, such as `services.web.volumes[0].source`. */
  field: string
  /** What was found, on one line and shortened. */
  value: string
  cure: string
  /** Relative to the checkout; undefined where no file holds the field as it is found. */
  file: string | undefined
  /** Counted from 1. */
  line: number | undefined
}

/** Everything that the safety policy refused, at once: nobody should have to push five times to learn five rules. */
export class PolicyError extends UserError {
  readonly findings: readonly Finding[]

  /** @param said what else went wrong, such as Compose's own complaint. */
  constructor(findings: readonly Finding[], said?: string) {
    super([title(findings.length), ...findings.map(paragraph), ...(said === undefined ? [] : [said])].join('\n'), {
      cure: 'What passes and why is in docs/policy.md.',
    })
    this.findings = findings
  }
}

function title(count: number): string {
  return `The project asks for ${count === 1 ? 'something' : `${count} things`} that a preview does not allow:`
}

function paragraph(finding: Finding): string {
  const line = finding.line === undefined ? '' : `:${finding.line}`
  const where = finding.file === undefined ? '' : ` (${finding.file}${line})`
  return `  ${finding.field}${where} is ${finding.value}\n      ${finding.cure}`
}

export function formatField(path: FieldPath): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      if (!/^[\w-]+$/.test(step)) return `[${oneLine(step)}]`
      return index === 0 ? step : `.${step}`
    })
    .join('')
}

/** A value as a finding shows it: hostile text keeps neither its length, its line ends nor its control characters. */
export function oneLine(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  const plain = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?')
  return plain.length > 80 ? `${plain.slice(0, 77)}...` : plain
}
