/** Tiles, signs, tables, folds and bars. */
export const PARTS_STYLE: string = `
.sign { flex: none; display: inline-grid; place-items: center; width: 1.35em; height: 1.35em; border-radius: 50%; font-weight: 700; font-size: 0.8em; line-height: 1; }
h1 .sign { font-size: 0.86em; }
.sign.good, .tag.good { color: var(--good); background: var(--good-bg); }
.sign.bad, .tag.bad { color: var(--bad); background: var(--bad-bg); }
.sign.warn, .tag.warn { color: var(--warn); background: var(--warn-bg); }
.sign.quiet, .tag.quiet { color: var(--muted); background: var(--soft); }
.tag { display: inline-block; padding: 0 8px; border-radius: 99px; font-size: 0.8rem; font-weight: 550; white-space: nowrap; }
.bad-text { color: var(--bad); font-weight: 550; }

.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(210px, 100%), 1fr)); gap: 12px; }
.tile { display: flex; flex-direction: column; padding: 15px 18px 16px; background: var(--panel); border: 1px solid var(--line); border-radius: 12px; color: inherit; text-decoration: none; transition: border-color 0.15s; }
.tile:hover { border-color: var(--strong); }
.tile .name { color: var(--muted); font-size: 0.85rem; }
.tile .value { font-size: 1.75rem; line-height: 1.35; font-weight: 620; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.tile .value small { font-size: 0.9rem; font-weight: 400; letter-spacing: 0; color: var(--muted); }
.tile .bar { width: 100%; margin: 6px 0 8px; }
.tile > .note { margin-top: auto; }
.gates { display: grid; gap: 8px; margin-top: 18px; }
.gates li, .signs li { display: flex; gap: 10px; align-items: flex-start; }
.gates .sign, .signs .sign { margin-top: 0.3em; }
.gates b { margin-right: 0.3em; }
.signs { display: grid; gap: 8px; }
.signs li > :last-child { min-width: 0; }
.cure { margin-top: 6px; }

.bar { display: block; height: 6px; width: 84px; border-radius: 3px; background: var(--track); overflow: hidden; }
.bar .hit { fill: var(--hit); } .bar .miss { fill: var(--miss); } .bar .skip { fill: var(--skip); }
.bar.none { background: none; border: 1px dashed var(--strong); }
.ratio { display: inline-flex; align-items: center; gap: 10px; }
.ratio .percent { min-width: 4.2em; font-variant-numeric: tabular-nums; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; overflow-wrap: normal; }
th { text-align: left; font-weight: 500; color: var(--muted); font-size: 0.8rem; white-space: nowrap; }
th, td { padding: 7px 18px 7px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
tbody tr:last-child td { border-bottom: 0; }
th:last-child, td:last-child { padding-right: 0; }
td { min-width: 4.5em; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.path { overflow-wrap: anywhere; }
td .path { display: inline-block; min-width: min(14em, 46vw); }
td .note { display: inline-block; max-width: 26em; }
td .why { min-width: min(12em, 40vw); }
.silent { color: var(--warn); display: inline-block; min-width: 16em; }

details { border-bottom: 1px solid var(--line); }
summary { display: flex; align-items: center; gap: 9px; padding: 9px 0; cursor: pointer; list-style: none; border-radius: 4px; }
summary::-webkit-details-marker { display: none; }
summary::before { content: ''; flex: none; width: 6px; height: 6px; margin: 0 3px 1px 2px; border: solid var(--muted); border-width: 0 1.5px 1.5px 0; transform: rotate(-45deg); transition: transform 0.12s; }
details[open] > summary::before { transform: rotate(45deg); }
summary:hover::before { border-color: var(--text); }
.folded { padding: 0 0 14px 20px; }
.folded > details:last-child { border-bottom: 0; }
.folded details { font-size: 0.93em; }
.names { display: grid; gap: 3px; }
.names li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 16px; }
pre { overflow: auto; max-height: 24rem; padding: 11px 14px; background: var(--soft); border-radius: 8px; white-space: pre-wrap; line-height: 1.5; tab-size: 4; }
.failures { margin-bottom: 6px; }
.failure > summary { align-items: flex-start; padding: 11px 0; }
.failure > summary::before { margin-top: 0.55em; }
.failure > summary .sign { margin-top: 0.15em; }
.failure .id { font-weight: 600; flex: 1; min-width: 0; }
.failure .message { border-left: 3px solid var(--miss); border-radius: 3px 8px 8px 3px; margin-bottom: 4px; }
.facts-line { display: flex; flex-wrap: wrap; gap: 2px 18px; margin-bottom: 9px; color: var(--muted); font-size: 0.9rem; }
.facts-line > :empty { display: none; }
.kind { color: var(--muted); }
.ranges a, .ranges .range { font-family: var(--mono); font-size: 0.875em; margin-right: 0.35em; }
.command { padding: 9px 0; }

.strip { display: block; }
.strip .noise { fill: var(--track); }
.strip line { stroke: var(--text); stroke-width: 1.5; }
.strip circle { fill: var(--text); stroke: var(--text); stroke-width: 1.5; }
.strip .base line { stroke: var(--muted); }
.strip .base circle { fill: var(--bg); stroke: var(--muted); }

input, select, button { font: inherit; color: inherit; }
input[type='search'], select { height: 36px; padding: 0 12px; background: var(--panel); border: 1px solid var(--strong); border-radius: 8px; min-width: 0; }
input::placeholder { color: var(--muted); opacity: 1; }
button { cursor: pointer; background: var(--panel); border: 1px solid var(--strong); border-radius: 8px; padding: 0 12px; min-height: 36px; }
button:hover:not(:disabled) { background: var(--soft); }
button:disabled { color: var(--muted); cursor: default; }
.script p.filter { display: flex !important; flex-wrap: wrap; align-items: center; gap: 8px 12px; margin-bottom: 10px; }
.filter label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.filter input { width: min(22rem, 100%); }
.filter output { color: var(--muted); font-size: 0.875rem; }
@media (max-width: 600px) {
  .top .facts { display: grid; grid-template-columns: auto 1fr; gap: 3px 14px; font-size: 0.9rem; }
  .top .facts > div { display: contents; }
  .facts dt { font-size: inherit; }
  .silent { min-width: 12em; }
  .folded { padding-left: 4px; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px; }
  .tile { padding: 11px 13px 12px; }
  .tile .value { font-size: 1.4rem; }
  .tile .value small { display: block; font-size: 0.8rem; margin-top: -4px; }
  .failure > summary { flex-wrap: wrap; }
  .failure > summary .id { flex-basis: calc(100% - 60px); }
  .failure > summary .tag { margin-left: 44px; }
}
`
