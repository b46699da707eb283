import { SECTIONS } from './policy.ts'
import type { Rule } from './rule.ts'

/** The policy as Markdown tables, one per section, made from the rules themselves. */
export function policyTable(): string {
  return SECTIONS.map(({ title, rules }) => {
    const rows = Object.entries(rules)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, rule]) => `| \`${key}\` | ${verdict(rule)} |`)
    return [`## ${title}`, '', '| field | |', '|---|---|', ...rows, ''].join('\n')
  }).join('\n')
}

function verdict(rule: Rule): string {
  switch (rule.verdict) {
    case 'passes':
      return 'passes'
    case 'dropped':
      return `dropped: ${cell(rule.says)}`
    case 'refused':
      return `**refused.** ${cell(rule.cure)}`
    case 'checked':
      return `passes: ${cell(rule.says)}`
  }
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/[<>]/g, (sign) => (sign === '<' ? '&lt;' : '&gt;'))
}
