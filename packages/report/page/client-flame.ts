/** A flame graph of boxes, the root above: it zooms by click and by key, finds by name, and says of each frame what it took. */
export const CLIENT_FLAME: string = String.raw`
function framesOf({ names, frames }) {
  let at = 0
  const stack = []
  let root
  while (at < frames.length) {
    const frame = { name: names[frames[at]], file: names[frames[at + 1]], line: frames[at + 2], self: frames[at + 3], total: frames[at + 4], left: frames[at + 5], children: [], parent: undefined, depth: 0 }
    at += 6
    while (stack.length > 0 && stack[stack.length - 1].left === 0) stack.pop()
    const parent = stack[stack.length - 1]
    if (parent) {
      parent.left--
      parent.children.push(frame)
      frame.parent = parent
      frame.depth = parent.depth + 1
    } else root = frame
    stack.push(frame)
  }
  return root
}

function kindOf({ name, file }) {
  if (file === '' || /^\(.*\)$/.test(name)) return 'engine'
  if (file.startsWith('node:')) return 'node'
  return /(^|\/)(node_modules|vendor|site-packages)\//.test(file) ? 'package' : 'own'
}

function startFlame(place, profile) {
  if (!profile) return
  const root = framesOf(profile)
  const unit = profile.kind === 'cpu' ? 'samples' : 'bytes'
  let [top, wanted, current] = [root, '', root]
  let boxes = new Map()
  const rows = make('div', { class: 'rows', role: 'tree', 'aria-label': 'Flame graph of ' + profile.service + '. Arrow keys move, Enter zooms in, Escape zooms out.' })
  const info = make('p', { class: 'flame-info', role: 'status' })
  const input = make('input', { type: 'search', 'aria-label': 'Find functions in ' + profile.service, placeholder: 'Find a function or a file', autocomplete: 'off', spellcheck: 'false' })
  const out = make('button', { type: 'button', onclick: () => zoom(root) }, 'Whole graph')
  const kinds = [['own', 'this repository'], ['package', 'packages'], ['node', 'Node.js'], ['engine', 'engine']]
  place.append(make('div', { class: 'tools' }, input, out), make('div', { class: 'graph' }, rows), info,
    make('p', { class: 'legend' }, ...kinds.map(([name, words]) => make('span', { class: name }, words))))
  input.addEventListener('input', () => { wanted = input.value.trim().toLowerCase(); draw() })
  rows.addEventListener('click', ({ target }) => { const box = target.closest('.frame'); if (box) zoom(box.frame, true) })
  rows.addEventListener('keydown', onKey)
  rows.addEventListener('focusin', ({ target }) => { if (target.frame) point(target.frame) })
  rows.addEventListener('mouseover', ({ target }) => { const box = target.closest('.frame'); if (box) info.textContent = wordsOf(box.frame) })
  draw()
  info.textContent = 'Wider means longer. Click a frame to zoom; arrow keys, Enter and Escape do the same.'

  function wordsOf(frame) {
    const where = frame.file === '' ? '' : ' · ' + frame.file + ':' + frame.line
    return frame.name + where + ' · self ' + percent(frame.self, root.total) + ' · with all it calls ' + percent(frame.total, root.total) + ' (' + frame.total + ' ' + unit + ')'
  }

  function draw() {
    boxes = new Map()
    const found = []
    let [deepest, hits] = [0, 0]
    const boxFor = (frame, left, width, above) => {
      const hit = wanted !== '' && (frame.name + ' ' + frame.file).toLowerCase().includes(wanted)
      if (hit) hits++
      deepest = Math.max(deepest, frame.depth)
      const box = make('div', { class: 'frame ' + (hit ? 'found' : kindOf(frame)) + (frame.depth % 2 ? ' odd' : '') + (width < 3 ? ' thin' : '') + (above ? ' above' : ''),
        role: 'treeitem', tabindex: frame === current ? '0' : '-1', 'aria-level': frame.depth + 1, 'aria-label': wordsOf(frame), title: wordsOf(frame), 'aria-expanded': frame.children.length > 0 ? String(!above || frame === top) : undefined }, width < 3 ? '' : frame.name)
      box.frame = frame
      box.style.left = left + '%'
      box.style.width = width + '%'
      box.style.top = frame.depth * 21 + 'px'
      boxes.set(frame, box)
      found.push(box)
    }
    for (let frame = top.parent; frame; frame = frame.parent) boxFor(frame, 0, 100, true)
    const waiting = [[top, 0]]
    for (let next = waiting.pop(); next && found.length < 4000; next = waiting.pop()) {
      const [frame, left] = next
      const width = (frame.total * 100) / (top.total || 1)
      if (width < 0.12) continue
      boxFor(frame, left, width, false)
      let from = left
      for (const child of frame.children) {
        waiting.push([child, from])
        from += (child.total * 100) / (top.total || 1)
      }
    }
    if (!boxes.has(current)) current = top
    boxes.get(current).tabIndex = 0
    rows.style.height = (deepest + 1) * 21 + 'px'
    rows.classList.toggle('searched', wanted !== '')
    rows.replaceChildren(...found)
    out.disabled = top === root
    if (wanted !== '') info.textContent = hits === 0 ? 'Nothing here is called so.' : count(hits, 'frame') + ' found'
  }

  function zoom(frame, focus) {
    top = frame
    current = frame
    draw()
    if (focus) boxes.get(frame).focus({ preventScroll: true })
    info.textContent = wordsOf(frame)
  }

  function point(frame) {
    if (boxes.has(current)) boxes.get(current).tabIndex = -1
    current = frame
    boxes.get(frame).tabIndex = 0
    info.textContent = wordsOf(frame)
  }

  function beside(frame, way) {
    const all = frame.parent ? frame.parent.children.filter((one) => boxes.has(one)) : []
    return all[all.indexOf(frame) + way]
  }

  function onKey(event) {
    const frame = event.target.frame
    if (!frame || event.ctrlKey || event.metaKey || event.altKey) return
    const heaviest = frame.children.filter((one) => boxes.has(one)).sort((a, b) => b.total - a.total)[0]
    const next = { ArrowDown: heaviest, ArrowUp: frame.parent, ArrowLeft: beside(frame, -1), ArrowRight: beside(frame, 1), Home: root }[event.key]
    if (event.key === 'Enter' || event.key === ' ') zoom(frame, true)
    else if (event.key === 'Escape' || event.key === 'Backspace') zoom(top.parent || root, true)
    else if (next && boxes.has(next)) { boxes.get(next).focus({ preventScroll: true }); boxes.get(next).scrollIntoView({ block: 'nearest' }) }
    else if (!event.key.startsWith('Arrow')) return
    event.preventDefault()
  }
}
`
