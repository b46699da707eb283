/** The browser of files, the view of one file and the flame graph. */
export const CODE_STYLE: string = `
.code { padding: 8px 0; white-space: pre; }
.code .line { display: block; padding-right: 14px; width: max-content; min-width: 100%; }
.code .line i { display: inline-block; width: 4.2em; padding-right: 0.8em; text-align: right; font-style: normal; color: var(--muted); user-select: none; }
.code .line b { display: inline-block; width: 1.8em; color: var(--bad); user-select: none; }
.code .miss { background: var(--bad-bg); }
.code .gap { display: block; height: 1px; margin: 7px 14px; background: var(--line); }

.tools { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-bottom: 6px; }
.tools input[type='search'] { flex: 1 1 14rem; max-width: 24rem; }
.choice { display: inline-flex; border: 1px solid var(--strong); border-radius: 8px; overflow: hidden; }
.choice button { border: 0; border-radius: 0; min-height: 34px; }
.choice button + button { border-left: 1px solid var(--line); }
.choice button[aria-pressed='true'] { background: var(--text); color: var(--bg); }
.choice button:focus-visible { outline-offset: -3px; }
.files th button { border: 0; background: none; padding: 0; min-height: 24px; color: inherit; font-weight: inherit; }
.files th[aria-sort] button { color: var(--text); font-weight: 600; }
.files td { padding-block: 0; }
.files td:first-child { width: 55%; }
.files .open { display: flex; align-items: center; width: 100%; gap: 8px; padding: 5px 0; border: 0; background: none; min-height: 34px; text-align: left; font-family: var(--mono); font-size: 0.84rem; overflow-wrap: anywhere; }
.files tr:hover td { background: var(--soft); }
.files .folder { color: var(--muted); }
.files .fold { flex: none; width: 6px; height: 6px; margin: 0 3px; border: solid var(--muted); border-width: 0 1.5px 1.5px 0; transform: rotate(-45deg); }
.files [aria-expanded='true'] .fold { transform: rotate(45deg); margin-top: -3px; }
.files .nofold { flex: none; width: 12px; }
.files .mark { flex: none; color: var(--link); font: 600 0.72rem system-ui, sans-serif; }
.files .in1 { padding-left: 18px; } .files .in2 { padding-left: 36px; } .files .in3 { padding-left: 54px; }
.files .in4 { padding-left: 72px; } .files .in5 { padding-left: 90px; } .files .in6 { padding-left: 108px; }

dialog { width: min(1180px, 100%); max-width: none; height: 100%; max-height: none; margin: 0 0 0 auto; padding: 0; border: 0; border-left: 1px solid var(--line); background: var(--bg); color: var(--text); overflow: hidden; }
dialog[open] { display: flex; flex-direction: column; }
dialog::backdrop { background: rgb(0 0 0 / 0.4); }
.file-head { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 10px; padding: 12px 18px; border-bottom: 1px solid var(--line); }
.file-head h2 { flex: 1 1 300px; min-width: 0; font: 600 0.93rem/1.4 var(--mono); }
.file-head .close { min-width: 36px; padding: 0; font-size: 1.1rem; }
.file-facts { padding: 8px 18px; color: var(--muted); font-size: 0.875rem; border-bottom: 1px solid var(--line); }
.file-code { flex: 1; overflow: auto; font: 0.82rem/1.6 var(--mono); tab-size: 4; }
.file-code:focus-visible { outline-offset: -3px; }
.row { display: flex; width: max-content; min-width: 100%; }
.row:hover, .row.at { background: var(--soft); }
.row .n { flex: none; width: 4.4em; padding-right: 0.9em; text-align: right; color: var(--muted); user-select: none; border-right: 3px solid transparent; }
.row .s { flex: none; width: 1.7em; text-align: center; user-select: none; font-weight: 700; }
.row .t { flex: 1; white-space: pre; padding-right: 3em; }
.row .w { flex: none; position: sticky; right: 0; padding: 0 14px; color: var(--muted); user-select: none; font: 0.75rem/1.75 system-ui, sans-serif; background: var(--bg); }
.row:hover .w, .row.at .w { background: var(--soft); }
.row.hit .n { border-color: var(--hit); }
.row.miss .n { border-color: var(--miss); }
.row.miss { background: var(--bad-bg); }
.row.miss .w { background: var(--bad-bg); color: var(--bad); }
.row.miss .s { color: var(--bad); }
.row.lost .s { color: var(--warn); }
.row.at { box-shadow: inset 2px 0 var(--focus); }
.row .k { color: var(--code-word); } .row .q { color: var(--code-string); } .row .c { color: var(--code-comment); } .row .d { color: var(--code-number); }
.file-status { padding: 8px 18px; border-top: 1px solid var(--line); font-size: 0.875rem; min-height: 2.6em; background: var(--panel); }
@media (max-width: 700px) {
  .row .w { display: none; }
  .row .n { width: 3.6em; padding-right: 0.6em; }
  .files .optional { display: none; }
  .files td:first-child { width: auto; min-width: 9.5em; }
  .files .mark { display: none; }
  .files th, .files td { padding-right: 12px; }
  .files .bar { display: none; }
  .files .ratio { gap: 6px; }
  .files .ratio .percent { min-width: 3.6em; }
  .files td { min-width: 0; }
  .files .in1 { padding-left: 8px; } .files .in2 { padding-left: 16px; } .files .in3 { padding-left: 24px; }
  .files .in4 { padding-left: 32px; } .files .in5, .files .in6 { padding-left: 38px; }
  .file-head button, .file-head a { font-size: 0.875rem; }
  .file-head h2 { flex-basis: calc(100% - 60px); order: -2; }
  .file-head .close { order: -1; }
  .file-head, .file-facts, .file-status { padding-inline: 14px; }
}

.graph { position: relative; overflow: hidden auto; max-height: 30rem; margin-top: 8px; background: var(--soft); border-radius: 8px; }
.graph .rows { position: relative; }
.frame { position: absolute; height: 21px; padding: 0 5px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font-size: 0.75rem; line-height: 20px; cursor: pointer; border: solid var(--soft); border-width: 0 1px 1px 0; border-radius: 3px; }
.frame.thin { padding: 0; }
.frame:focus-visible { outline-offset: -2px; z-index: 2; }
.frame:hover { filter: brightness(1.06); z-index: 1; }
.frame.own { background: #f6c48b; color: #2a1c08; } .frame.own.odd { background: #f2b56f; }
.frame.package { background: #a9d9c0; color: #0d2619; } .frame.package.odd { background: #96cfb1; }
.frame.node { background: #b7cdea; color: #10213a; } .frame.node.odd { background: #a6c1e4; }
.frame.engine { background: #d3d6da; color: #22262b; }
.frame.found { background: #8e2fa8; color: #ffffff; }
.searched .frame:not(.found) { background: #d3d6da; color: #22262b; }
.frame.above:not(.found) { background: #c3c7cc; color: #22262b; }
.flame-info { min-height: 1.6em; margin-top: 6px; font-size: 0.875rem; color: var(--muted); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin-top: 4px; font-size: 0.8rem; color: var(--muted); }
.legend span::before { content: ''; display: inline-block; width: 10px; height: 10px; margin-right: 6px; border-radius: 3px; }
.legend .own::before { background: #f2b56f; } .legend .package::before { background: #96cfb1; }
.legend .node::before { background: #a6c1e4; } .legend .engine::before { background: #c3c7cc; }
.hottest { border-bottom: 0; margin-top: 6px; }
`
