interface Stage {
  name: string
  from: string
  variables: Map<string, string>
  port: number | undefined
}

/**
 * The first TCP port that the stage which becomes the image exposes: the one called `target`, else the last.
 * A stage built on another inherits its port. Undefined where there is none, or where it is a variable without a value.
 */
export function exposedPort(dockerfile: string, target: string | undefined): number | undefined {
  const stages = stagesOf(dockerfile)
  const wanted = target?.toLowerCase()
  let stage =
    wanted === undefined
      ? stages.at(-1)
      : stages.find((candidate, index) => candidate.name === wanted || String(index) === wanted)
  // A stage can only be built on an earlier one, so this ends.
  for (let index = stages.length; stage !== undefined && index > 0; index--) {
    if (stage.port !== undefined) return stage.port
    const below: Stage = stage
    stage = stages.slice(0, stages.indexOf(below)).findLast((candidate) => candidate.name !== '' && candidate.name === below.from)
  }
  return undefined
}

function stagesOf(dockerfile: string): Stage[] {
  const stages: Stage[] = []
  const global = new Map<string, string>()
  for (const { word, rest } of instructions(dockerfile)) {
    const stage = stages.at(-1)
    if (word === 'FROM') {
      const [from = '', as = '', name = ''] = rest.replace(/^(--\S+\s+)*/, '').split(/\s+/)
      const parent = stages.findLast((candidate) => candidate.name !== '' && candidate.name === from.toLowerCase())
      stages.push({
        name: as.toLowerCase() === 'as' ? name.toLowerCase() : '',
        from: from.toLowerCase(),
        variables: new Map(parent?.variables),
        port: undefined,
      })
    } else if (word === 'ARG' || word === 'ENV') {
      for (const [name, value] of assignments(rest)) (stage?.variables ?? global).set(name, value ?? global.get(name) ?? '')
    } else if (word === 'EXPOSE' && stage !== undefined) {
      stage.port ??= expand(rest, stage.variables)
        .split(/\s+/)
        .map(portOf)
        .find((port) => port !== undefined)
    }
  }
  return stages
}

/** Instructions with their continued lines joined; comments and here-documents are left out. */
function* instructions(dockerfile: string): Generator<{ word: string; rest: string }> {
  let logical = ''
  let ends: string[] = []
  for (const line of dockerfile.split(/\r?\n/)) {
    if (ends.length > 0) {
      if (line.replace(/^\t+/, '') === ends[0]) ends = ends.slice(1)
      continue
    }
    if (/^\s*#/.test(line) || (logical !== '' && line.trim() === '')) continue
    logical += line
    if (/\\\s*$/.test(line)) {
      logical = logical.replace(/\\\s*$/, ' ')
      continue
    }
    const [, word, rest] = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(logical) ?? []
    if (word !== undefined && rest !== undefined) {
      if (/^(RUN|COPY|ADD)$/i.test(word))
        ends = [...rest.matchAll(/<<-?\s*["']?([A-Za-z_]\w*)["']?/g)].map((match) => match[1] ?? '')
      yield { word: word.toUpperCase(), rest }
    }
    logical = ''
  }
}

function assignments(rest: string): [string, string | undefined][] {
  const old = /^(\w+)\s+([^=]+)$/.exec(rest)
  if (old?.[1] !== undefined) return [[old[1], old[2]]]
  return [...rest.matchAll(/(\w+)(?:=("[^"]*"|'[^']*'|\S*))?/g)].map((match) => [
    match[1] ?? '',
    match[2]?.replace(/^["']|["']$/g, ''),
  ])
}

function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$\{?(\w+)(?::?-(\w+))?\}?/g,
    (_all, name: string, fallback: string | undefined) => variables.get(name) || fallback || '',
  )
}

/** `80`, `80/tcp`, the first of `80-90`; undefined for other protocols and what is no port. */
export function portOf(text: string): number | undefined {
  const match = /^(\d{1,5})(?:-\d+)?(?:\/tcp)?$/i.exec(text.trim())
  const port = Number(match?.[1])
  return port >= 1 && port <= 65_535 ? port : undefined
}
