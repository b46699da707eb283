/** The view of one file: its code, what reached each line, and keys that go from one missed place to the next. */
export const CLIENT_FILE: string = String.raw`
const MOST_LINES = 20000
const LONGEST_LINE = 2000
const view = { dialog: undefined, file: undefined, rows: [], at: 0 }

function flags(ranges, lines) {
  const set = new Set()
  for (let at = 0; at + 1 < (ranges || []).length; at += 2)
    for (let line = ranges[at]; line <= Math.min(ranges[at + 1], lines); line++) set.add(line)
  return set
}

function masksOf(file) {
  const masks = []
  for (let at = 0; at + 2 < file.r.length; at += 3)
    for (let line = file.r[at], left = file.r[at + 1]; left > 0 && line <= MOST_LINES; left--, line++) masks[line] = file.r[at + 2]
  return masks
}

function namesOf(mask) {
  return data.sources.filter((_, bit) => (mask & (1 << bit)) !== 0).map(visible).join(', ')
}

async function openFile(file, line) {
  if (!view.dialog) {
    view.dialog = make('dialog', { 'aria-labelledby': 'file-title' })
    view.dialog.addEventListener('close', () => { view.dialog.replaceChildren(); view.file = undefined; remember('') })
    view.dialog.addEventListener('keydown', onKey)
    document.body.append(view.dialog)
  }
  view.file = file
  view.code = make('div', { class: 'file-code', tabindex: '0', role: 'group', 'aria-label': 'Code. Arrow keys move by line, n and p by missed place.' }, make('p', { class: 'file-facts' }, 'Unpacking…'))
  view.status = make('p', { class: 'file-status', role: 'status' })
  const jump = (label, way) => make('button', { type: 'button', onclick: () => nextMissed(way) }, label)
  view.dialog.replaceChildren(
    make('div', { class: 'file-head' },
      make('h2', { id: 'file-title' }, visible(file.p)),
      file.c < file.t ? jump('Previous missed', -1) : '', file.c < file.t ? jump('Next missed', 1) : '',
      file.u ? make('a', { href: data.blob + file.p.split('/').map(encodeURIComponent).join('/'), target: '_blank', rel: 'noopener noreferrer' }, 'At the server') : '',
      make('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => view.dialog.close() }, '×')),
    make('p', { class: 'file-facts' }, factsOf(file)), view.code, view.status)
  if (!view.dialog.open) view.dialog.showModal()
  remember('#file=' + encodeURIComponent(file.p) + (line > 0 ? '&line=' + line : ''))
  const text = await readCode(file).catch(() => undefined)
  if (view.file !== file) return
  fill(file, text)
  view.code.focus({ preventScroll: true })
  select(line > 0 ? line : firstOf(file))
}

function factsOf(file) {
  const changed = file.d && file.d[1] > 0 ? '; of changed lines ' + file.d[0] + ' of ' + file.d[1] : ''
  let mask = 0
  for (let at = 2; at < file.r.length; at += 3) mask |= file.r[at]
  const before = file.b ? '; ' + percent(file.b[0], file.b[1]) + ' on the base' : ''
  return percent(file.c, file.t) + ', ' + file.c + ' of ' + count(file.t, 'line') + before + changed + '. ' + (mask ? 'Run by ' + namesOf(mask) + '.' : 'Nothing ran this file.')
}

function fill(file, text) {
  const masks = masksOf(file)
  const lines = text === undefined ? masks.map(() => '') : text.replace(/^\ufeff/, '').split(/\r?\n/)
  const first = text === undefined ? 1 : 0
  if (text !== undefined && lines.length > 1 && lines[lines.length - 1] === '') lines.pop()
  const [missed, lost] = [flags(file.d && file.d[2], MOST_LINES), flags(file.l, MOST_LINES)]
  const paint = colour(file.p)
  view.rows = []
  const rows = make('div')
  if (text === undefined) rows.append(make('p', { class: 'file-facts' }, file.s ? 'This browser cannot unpack the code; the lines are shown by number.' : 'The code is not in this page; the lines are shown by number.'))
  for (let at = first; at < Math.min(lines.length, MOST_LINES); at++) {
    const number = text === undefined ? at : at + 1
    const mask = masks[number]
    if (text === undefined && mask === undefined) continue
    rows.append(rowOf(number, visible((lines[at] || '').slice(0, LONGEST_LINE)), mask, masks[number - 1], missed.has(number), lost.has(number), paint))
  }
  if (lines.length > MOST_LINES) rows.append(make('p', { class: 'file-facts' }, 'The lines after ' + MOST_LINES + ' are left out.'))
  rows.addEventListener('click', ({ target }) => { const row = target.closest('.row'); if (row && !String(getSelection())) select(row.line) })
  rows.addEventListener('mouseover', ({ target }) => { const row = target.closest('.row'); if (row) view.status.textContent = row.words })
  view.code.replaceChildren(rows)
}

function rowOf(line, text, mask, before, changed, lost, paint) {
  const state = mask === undefined ? 'none' : mask === 0 ? 'miss' : 'hit'
  const names = state === 'hit' ? namesOf(mask) : ''
  const row = make('div', { class: 'row ' + state + (lost ? ' lost' : ''), 'data-line': line },
    make('span', { class: 'n' }, String(line)),
    make('span', { class: 's' }, state === 'miss' ? (changed ? '✕' : '·') : lost ? '!' : ''),
    make('span', { class: 't' }, ...paint(text)),
    make('span', { class: 'w' }, mask === before ? '' : state === 'miss' ? (changed ? 'changed, not reached' : 'not reached') : names))
  row.line = line
  row.words = 'Line ' + line + ': ' + (state === 'none' ? 'no code to cover.' : state === 'hit' ? 'reached by ' + names + '.'
    : (changed ? 'changed, and nothing reached it.' : 'nothing reached it.')) + (lost ? ' It was reached on the base.' : '')
  view.rows[line] = row
  return row
}

function firstOf(file) {
  if (file.d && file.d[2].length > 0) return file.d[2][0]
  for (let at = 0; at + 2 < file.r.length; at += 3) if (file.r[at + 2] === 0) return file.r[at]
  return 1
}

function select(line) {
  const row = view.rows[line]
  if (!row) return
  if (view.rows[view.at]) view.rows[view.at].classList.remove('at')
  view.at = line
  row.classList.add('at')
  row.scrollIntoView({ block: 'center', inline: 'nearest' })
  view.code.scrollLeft = 0
  view.status.textContent = row.words
}

function nextMissed(way) {
  const miss = (line) => view.rows[line] && view.rows[line].classList.contains('miss')
  for (let line = view.at + way; line > 0 && line < view.rows.length; line += way)
    if (miss(line) && (way < 0 ? !miss(line - 1) : !miss(line - 1))) return select(line)
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step && event.target === view.code) {
    let line = view.at + step
    while (line > 0 && line < view.rows.length && !view.rows[line]) line += step
    select(line)
  } else if (event.key === 'n') nextMissed(1)
  else if (event.key === 'p') nextMissed(-1)
  else return
  event.preventDefault()
}

function remember(hash) {
  try { history.replaceState(null, '', hash === '' ? location.pathname + location.search : hash) } catch { /* A frame may not let its address be changed. */ }
}

function startFileLinks() {
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-file]')
    const file = link && byPath.get(link.dataset.file)
    if (!file || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    openFile(file, Number(link.dataset.line))
  })
  const fromAddress = () => {
    const found = /^#file=([^&]*)(?:&line=(\d+))?$/.exec(location.hash)
    if (!found) return
    let path = ''
    try { path = decodeURIComponent(found[1]) } catch { return }
    const file = byPath.get(path)
    if (file) openFile(file, Number(found[2] || 0))
  }
  addEventListener('hashchange', fromAddress)
  fromAddress()
}
`
