/** Reads what is embedded, makes elements, names what cannot be seen. */
export const CLIENT_DATA: string = String.raw`
const element = document.getElementById('data')
const data = element ? JSON.parse(element.textContent) : { sources: [], files: [], profiles: [] }
const byPath = new Map(data.files.map((file) => [file.p, file]))
const chunks = new Map()

function make(name, attributes, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === 'class') made.className = value
    else if (key.startsWith('on')) made.addEventListener(key.slice(2), value)
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : String(value))
  }
  made.append(...children.filter((child) => child !== undefined && child !== ''))
  return made
}

function visible(text) {
  return text.replace(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (one) => '‹U+' + one.codePointAt(0).toString(16).toUpperCase().padStart(4, '0') + '›')
}

function percent(covered, total) {
  if (!(total > 0)) return 'n/a'
  if (covered >= total) return '100 %'
  if (!(covered > 0)) return '0 %'
  return (Math.min(999, Math.max(1, Math.floor((covered * 1000) / total))) / 10).toFixed(1) + ' %'
}

function bar(covered, total) {
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  svg.setAttribute('class', total > 0 ? 'bar' : 'bar none')
  svg.setAttribute('viewBox', '0 0 100 1')
  svg.setAttribute('preserveAspectRatio', 'none')
  svg.setAttribute('aria-hidden', 'true')
  const hit = document.createElementNS(space, 'rect')
  hit.setAttribute('class', 'hit')
  hit.setAttribute('width', total > 0 ? String(Math.floor((covered * 1000) / total) / 10) : '0')
  hit.setAttribute('height', '1')
  svg.append(hit)
  return svg
}

function count(number, one) {
  return number + ' ' + one + (number === 1 ? '' : 's')
}

async function readCode(file) {
  if (!file.s || typeof DecompressionStream === 'undefined') return undefined
  const [chunk, at] = file.s
  if (!chunks.has(chunk)) chunks.set(chunk, unpack(document.getElementById('code-' + chunk)))
  const texts = await chunks.get(chunk)
  return texts[at]
}

async function unpack(place) {
  const packed = atob(JSON.parse(place.textContent))
  const bytes = new Uint8Array(packed.length)
  for (let at = 0; at < packed.length; at++) bytes[at] = packed.charCodeAt(at)
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return JSON.parse(await new Response(stream).text())
}
`
