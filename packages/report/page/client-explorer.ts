/** The browser of files: a filter, folders, and rows that open a file. */
export const CLIENT_EXPLORER: string = `
function startExplorer(place) {
  const state = { filter: '', only: 'all', sort: 'path', most: 300, open: new Set() }
  const body = make('tbody')
  const said = make('p', { class: 'note', role: 'status' })
  const rest = make('button', { type: 'button', onclick: () => { state.most += 1000; draw() } }, 'Show more')
  const input = make('input', { type: 'search', id: 'file-filter', 'aria-label': 'Filter files by path', placeholder: 'Part of a path', autocomplete: 'off', spellcheck: 'false' })
  input.addEventListener('input', () => { state.filter = input.value.trim().toLowerCase(); state.most = 300; draw() })
  const choices = [['all', 'All'], ['changed', 'Changed'], ['missed', 'With missed lines']].map(([only, label]) =>
    make('button', { type: 'button', 'aria-pressed': String(only === 'all'), onclick: () => { state.only = only; state.most = 300; draw() } }, label))
  const columns = [['path', 'File', ''], ['lines', 'Lines', ''], ['missed', 'Missed', 'number optional'], ['changed', 'Changed lines', 'number']].map(([key, label, side]) =>
    make('th', { scope: 'col', class: side, 'data-sort': key }, make('button', { type: 'button', onclick: () => { state.sort = key; draw() } }, label)))
  place.append(
    make('div', { class: 'tools' }, input, make('span', { class: 'choice', role: 'group', 'aria-label': 'Which files' }, ...choices)),
    make('div', { class: 'scroll' }, make('table', { class: 'files' }, make('thead', {}, make('tr', {}, ...columns)), body)),
    said, rest)

  openAtFirst()
  draw()

  function openAtFirst() {
    const few = data.files.length <= 80
    const visit = (at, depth) => {
      if (few || depth < 1 || at.changed > 0) state.open.add(at.path)
      for (const inner of at.folders.values()) visit(inner, depth + 1)
    }
    visit(treeOf(data.files), 0)
  }

  function draw() {
    const kinds = ['all', 'changed', 'missed']
    choices.forEach((button, at) => button.setAttribute('aria-pressed', String(kinds[at] === state.only)))
    for (const column of columns) {
      if (column.dataset.sort === state.sort) column.setAttribute('aria-sort', state.sort === 'missed' || state.sort === 'changed' ? 'descending' : 'ascending')
      else column.removeAttribute('aria-sort')
    }
    const files = data.files.filter((file) =>
      (state.only !== 'changed' || file.d) && (state.only !== 'missed' || file.c < file.t) &&
      (state.filter === '' || file.p.toLowerCase().includes(state.filter)))
    const flat = state.filter !== '' || state.sort !== 'path'
    const rows = flat ? files.toSorted(orders[state.sort]).slice(0, state.most).map((file) => fileRow(file, 0, file.p)) : folders(files)
    body.replaceChildren(...rows)
    const left = flat ? files.length - rows.length : state.cut ? 1 : 0
    rest.hidden = left <= 0
    said.textContent = files.length === 0 ? 'No file is left.' : files.length === data.files.length ? '' : files.length + ' of ' + count(data.files.length, 'file')
  }

  function folders(files) {
    const rows = []
    state.cut = false
    const visit = (outer, depth) => {
      for (const inner of [...outer.folders.values()].sort(orders.path)) {
        if (rows.length >= state.most) { state.cut = true; return }
        const { at, name } = joined(inner)
        rows.push(folderRow(at, name, depth))
        if (state.open.has(at.path)) visit(at, depth + 1)
      }
      for (const file of outer.files.sort(orders.path)) {
        if (rows.length >= state.most) { state.cut = true; return }
        rows.push(fileRow(file, depth, file.p.split('/').pop()))
      }
    }
    visit(treeOf(files), 0)
    return rows
  }

  function folderRow(at, name, depth) {
    const open = state.open.has(at.path)
    const button = make('button', { type: 'button', class: 'open folder in' + Math.min(depth, 6), 'aria-expanded': String(open), 'data-folder': at.path }, make('span', { class: 'fold' }), visible(name))
    button.addEventListener('click', () => {
      if (open) state.open.delete(at.path)
      else state.open.add(at.path)
      draw()
      body.querySelector('[data-folder="' + CSS.escape(at.path) + '"]').focus()
    })
    return row(button, at.c, at.t, at.changed > 0 ? [at.dc, at.dt] : undefined)
  }

  function fileRow(file, depth, name) {
    const mark = file.d ? make('span', { class: 'mark' }, 'changed') : ''
    const button = make('button', { type: 'button', class: 'open in' + Math.min(depth, 6), 'data-path': file.p, onclick: () => openFile(file, 0) }, make('span', { class: 'nofold' }), visible(name), mark)
    return row(button, file.c, file.t, file.d)
  }

  function row(button, covered, total, changed) {
    return make('tr', {},
      make('td', {}, button),
      make('td', {}, make('span', { class: 'ratio' }, bar(covered, total), make('span', { class: 'percent' }, percent(covered, total)))),
      make('td', { class: 'number optional' }, total - covered > 0 ? String(total - covered) : '–'),
      make('td', { class: 'number' }, changed ? (changed[1] > 0 ? changed[0] + ' of ' + changed[1] : 'no code') : '–'))
  }
}
`
