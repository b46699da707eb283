/** Files as folders: one with a single folder in it is one row with it. */
export const CLIENT_TREE: string = `
function folder(name, path) {
  return { name, path, folders: new Map(), files: [], c: 0, t: 0, dc: 0, dt: 0, changed: 0 }
}

function treeOf(files) {
  const root = folder('', '')
  for (const file of files) {
    const names = file.p.split('/')
    names.pop()
    let at = root
    add(at, file)
    for (const name of names.slice(0, 40)) {
      const path = at.path === '' ? name : at.path + '/' + name
      if (!at.folders.has(name)) at.folders.set(name, folder(name, path))
      at = at.folders.get(name)
      add(at, file)
    }
    at.files.push(file)
  }
  return root
}

function add(at, file) {
  at.c += file.c
  at.t += file.t
  if (!file.d) return
  at.changed++
  at.dc += file.d[0]
  at.dt += file.d[1]
}

function joined(at) {
  let name = at.name
  while (at.files.length === 0 && at.folders.size === 1) {
    at = at.folders.values().next().value
    name = name === '' ? at.name : name + '/' + at.name
  }
  return { at, name }
}

const share = ({ c, t }) => (t > 0 ? c / t : 2)
const orders = {
  path: (a, b) => (nameOf(a) < nameOf(b) ? -1 : 1),
  lines: (a, b) => share(a) - share(b) || orders.path(a, b),
  missed: (a, b) => b.t - b.c - (a.t - a.c) || orders.path(a, b),
  changed: (a, b) => missedChanged(b) - missedChanged(a) || orders.path(a, b),
}
const nameOf = (one) => (one.p === undefined ? one.path : one.p)
const missedChanged = (one) => (one.p === undefined ? one.dt - one.dc : one.d ? one.d[1] - one.d[0] + 0.5 : 0)
`
