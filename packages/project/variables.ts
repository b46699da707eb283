/** Where the values of `${NAME}` come from. */
export interface Variables {
  /** What the workflow lets through. */
  env: Readonly<Record<string, string>>
  /** The text of the `.env` files that count. */
  dotenv: string
}

/** Set by us, by docker or by Compose, whatever the workflow or the change says. */
const OURS = /^(PATH|HOME|PWD|USER|TMPDIR|_|(DOCKER|COMPOSE|OTEL|SNAP|XDG|LC)\w*)$/

/** The variables of a text that neither have a default nor are defined: Compose would ask the runner's environment. */
export function undefinedIn(text: string, variables: Variables): string[] {
  return [...text.matchAll(/\$(?:\$|\{?([A-Za-z_]\w*)(:?[-+])?)/g)].flatMap(([, name, alternative]) =>
    name === undefined || alternative !== undefined || isDefined(name, variables) ? [] : [name],
  )
}

export function isDefined(name: string, { env, dotenv }: Variables): boolean {
  if (Object.hasOwn(env, name)) return true
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^\\s*(?:export\\s+)?${literal}\\s*[=:]`, 'm').test(dotenv)
}

/**
 * A text with its variables replaced, where that has one reading only: the workflow's value, or a plain default
 * of a variable that no `.env` file mentions. Else undefined: what Compose puts in could lead elsewhere than we look.
 */
export function expandSurely(text: string, { env, dotenv }: Variables): string | undefined {
  let sure = true
  let defaults = false
  const expanded = text.replace(/\$(?:\{(\w+)(?::-([^${}]*))?\}|([A-Za-z_]\w*))?/g, (_all, braced, fallback, plain) => {
    const name: string | undefined = braced ?? plain
    if (name === undefined || OURS.test(name)) sure = false
    else if (Object.hasOwn(env, name)) {
      if (env[name] !== '') return env[name] ?? ''
      sure &&= fallback !== undefined
    } else if (fallback === undefined || dotenv.includes(name)) sure = false
    else defaults = true
    return fallback ?? ''
  })
  // `${X:-a/b}/../..` is inside only as long as X is really not set.
  if (defaults && expanded.split('/').includes('..')) return undefined
  return sure ? expanded : undefined
}
