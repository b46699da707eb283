/** The filter of tests, and the navigation that shows where one is. */
export const CLIENT_FILTER: string = `
function startTestFilter() {
  const input = document.getElementById('test-filter')
  const said = document.getElementById('test-count')
  if (!input) return
  const all = [...document.querySelectorAll('#tests [data-filter]')]
  const folds = [...document.querySelectorAll('#tests details')].filter((fold) => fold.querySelector('[data-filter]'))
  const before = new Map(folds.map((fold) => [fold, fold.open]))
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase()
    let shown = 0
    for (const one of all) {
      one.hidden = !one.querySelector('.id').textContent.toLowerCase().includes(wanted)
      if (!one.hidden) shown++
    }
    for (const fold of folds) {
      const some = fold.querySelector('[data-filter]:not([hidden])')
      fold.hidden = !some
      fold.open = wanted === '' ? before.get(fold) : true
    }
    said.textContent = wanted === '' ? '' : shown + ' of ' + all.length + ' shown'
  })
}

function startNavigation() {
  if (typeof IntersectionObserver === 'undefined') return
  const links = new Map([...document.querySelectorAll('nav a')].map((link) => [link.getAttribute('href').slice(1), link]))
  const seen = new Set()
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) seen.add(target.id)
      else seen.delete(target.id)
    }
    const first = [...links.keys()].find((id) => seen.has(id))
    for (const [id, link] of links) {
      if (id === first) link.setAttribute('aria-current', 'true')
      else link.removeAttribute('aria-current')
    }
  }, { rootMargin: '-60px 0px -55% 0px' })
  for (const id of links.keys()) {
    const section = document.getElementById(id)
    if (section) observer.observe(section)
  }
}
`
