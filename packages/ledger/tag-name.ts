import { UserError } from '@mayfly/core'
import { parseVersion } from './versions.ts'

const NAME = /^@?[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/
/** A ref is a file on many servers, and git adds `.lock` while it writes: 255 bytes, less what goes before and after. */
const LONGEST = 230

/**
 * The tag of a version: `name@version`, with a scope as npm writes it (`@scope/web@1.2.0`). The name holds no further `@`
 * and the version none at all, so the last one divides them. Dots that git forbids (leading, doubled, before a final
 * `lock`; git-check-ref-format) are written `%2E`; names hold no `%`, so different versions never share a tag.
 * @throws UserError where the name or the version cannot be one.
 */
export function tagName(name: string, version: string): string {
  if (!NAME.test(name)) {
    throw new UserError(`${JSON.stringify(name.slice(0, 100))} cannot be the name of an artifact.`, {
      cure: 'Use letters, digits, ".", "_" and "-"; a scope in front is written @scope/name.',
    })
  }
  if (parseVersion(version) === undefined) {
    throw new UserError(
      `${JSON.stringify(version.slice(0, 100))} is not a semantic version, so ${name} cannot be tagged with it.`,
    )
  }
  const tag = `${name}@${version}`.split('/').map(escapeDots).join('/')
  if (tag.length > LONGEST) {
    throw new UserError(`The tag ${tag.slice(0, 60)}... would have ${tag.length} characters; ${LONGEST} are possible.`, {
      cure: 'Give the artifact a shorter name or version.',
    })
  }
  return tag
}

/** The name and the version that `tagName` makes exactly this tag of; undefined where it makes it of none. */
export function parseTag(tag: string): { name: string; version: string } | undefined {
  if (tag.length > LONGEST) return undefined
  const plain = tag.replaceAll('%2E', '.')
  const at = plain.lastIndexOf('@')
  const [name, version] = [plain.slice(0, Math.max(at, 0)), plain.slice(at + 1)]
  if (!NAME.test(name) || parseVersion(version) === undefined) return undefined
  return tagName(name, version) === tag ? { name, version } : undefined
}

function escapeDots(part: string): string {
  return part.replace(/^\.|(?<=\.)\.|\.(?=lock$)/g, '%2E')
}
