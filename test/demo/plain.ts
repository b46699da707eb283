/** A comment's Markdown as a terminal shows it best: no marks, tables in columns, links as their addresses. */
export function plain(markdown: string): string {
  const lines: string[] = []
  let rows: string[][] = []
  for (const line of [...clean(markdown).split('\n'), '']) {
    if (line.startsWith('|')) {
      const cells = line.split('|').slice(1, -1)
      if (!cells.every((cell) => /^ *:?-+:? *$/.test(cell))) rows.push(cells.map((cell) => inline(cell.trim())))
      continue
    }
    lines.push(...columns(rows), inline(line))
    rows = []
  }
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

function clean(markdown: string): string {
  return markdown
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<br>/g, '\n')
    .replace(/<\/?[a-z][^>]*>/g, '')
}

function inline(text: string): string {
  return text
    .replace(/\[([^\]]*)\]\((\S+?)\)/g, (_, label: string, url: string) => (url.endsWith(`//${label}`) ? url : label))
    .replace(/^#+ /, '')
    .replace(/`/g, '')
    .replaceAll('\u200b', '')
    .replace(/\\([^A-Za-z0-9\s])/g, '$1')
    .replace(/&(lt|gt|quot|amp);/g, (_, name: string) => ({ lt: '<', gt: '>', quot: '"' })[name] ?? '&')
}

function columns(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
