/** One commit, read by the rules of conventionalcommits.org 1.0.0. */
export interface ConventionalCommit {
  /** In lower case, such as `feat` or `fix`; `merge` for git's own, `other` where the subject names none. */
  type: string
  /** Empty where there is none. */
  scope: string
  /** The first line without the type. Anybody's text. */
  subject: string
  breaking: boolean
}

const SUBJECT = /^([a-z][a-z0-9-]{0,30})(?:\(([^()]{0,100})\))?(!)?:[ \t]+(\S.*)$/i
/** Rules 12 and 16: in capitals, at the start of a line. */
const FOOTER = /^BREAKING[ -]CHANGE(?::[ \t]+|[ \t]+#)\S/m
const LONGEST_SUBJECT = 300

export function parseCommit(message: string): ConventionalCommit {
  const text = message.slice(0, 64 * 1024).trimStart()
  const end = text.indexOf('\n')
  const first = (end === -1 ? text : text.slice(0, end)).trim()
  const breaking = end !== -1 && FOOTER.test(text.slice(end + 1))
  const match = SUBJECT.exec(first)
  if (match === null) {
    const type = /^Merge (?:branch|pull request|remote-tracking|tag|commit) /.test(first) ? 'merge' : 'other'
    return { type, scope: '', subject: first.slice(0, LONGEST_SUBJECT), breaking }
  }
  const [, type = '', scope = '', bang, subject = ''] = match
  return {
    type: type.toLowerCase(),
    scope: scope.trim(),
    subject: subject.slice(0, LONGEST_SUBJECT),
    breaking: breaking || bang === '!',
  }
}
