/** Colours words, strings, comments and numbers of a line: enough to find one's way, for most languages. */
export const CLIENT_CODE: string = String.raw`
const hashes = /\.(py|rb|sh|bash|ya?ml|toml|pl|r|ex|exs|tf|jl|nim)$|(^|\/)(Dockerfile|Makefile)$/
const words = new Set(('abstract and as assert async await begin bool break case catch class const continue def default defer del do elif else elsif end enum except ' +
  'export extends extern false final finally fn for foreach from func function go goto if impl implements import in instanceof int interface internal is lambda let loop ' +
  'match mod module mut namespace new nil none not null object of operator or override package pass private protected pub public raise range readonly ref require return ' +
  'self static string struct super switch synchronized template then this throw throws trait true try type typeof undefined union unless until use using val var virtual ' +
  'void where while with yield None True False').split(' '))
const slashPieces = /(\/\/.*|\/\*.*?(?:\*\/|$))|("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\x60(?:[^\x60\\]|\\.)*\x60?)|([A-Za-z_$][\w$]*)|(\b\d[\w.]*)/g
const hashPieces = /(#.*)|("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)|([A-Za-z_$][\w$]*)|(\b\d[\w.]*)/g

function colour(path) {
  const pieces = hashes.test(path) ? hashPieces : slashPieces
  let inside = false
  return (line) => {
    const parts = []
    let end = 0
    const piece = (name, text) => parts.push(name === '' ? text : make('span', { class: name }, text))
    if (inside) {
      const close = line.indexOf('*/')
      if (close < 0) return [make('span', { class: 'c' }, line)]
      inside = false
      end = close + 2
      piece('c', line.slice(0, end))
    }
    pieces.lastIndex = end
    for (let found = pieces.exec(line); found; found = pieces.exec(line)) {
      const [text, comment, string, word, number] = found
      const name = comment ? 'c' : string ? 'q' : number ? 'd' : words.has(word) ? 'k' : ''
      if (comment && text.startsWith('/*') && (text.length < 4 || !text.endsWith('*/'))) inside = true
      if (name === '') continue
      if (found.index > end) piece('', line.slice(end, found.index))
      piece(name, text)
      end = found.index + text.length
    }
    if (end < line.length) piece('', line.slice(end))
    return parts
  }
}
`
