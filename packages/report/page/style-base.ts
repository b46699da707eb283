/** Colours, type and the frame of the page. Every pair of text and ground has a contrast of 4.5 or more (WCAG 2.2 AA). */
export const BASE_STYLE: string = `
:root {
  color-scheme: light dark;
  --bg: #fbfbfa; --panel: #ffffff; --soft: #f3f4f4; --line: #e2e4e6; --strong: #c4c8cd;
  --text: #1a1d22; --muted: #59616c; --link: #0a58b0; --focus: #0a58b0;
  --good: #14703f; --good-bg: #e4f4ea; --bad: #b3202f; --bad-bg: #fdecec; --warn: #7f5000; --warn-bg: #fbf1dc;
  --hit: #3fa872; --miss: #d8505f; --skip: #b9bec5; --track: #e6e8ea;
  --code-comment: #5b6570; --code-string: #0a5f5f; --code-word: #7a2f8f; --code-number: #8a4300;
  --mono: ui-monospace, 'SF Mono', SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #121417; --panel: #181b1f; --soft: #1f2328; --line: #2b3037; --strong: #454c56;
    --text: #e5e7eb; --muted: #9ea6b2; --link: #84b8f8; --focus: #84b8f8;
    --good: #6fd39b; --good-bg: #14301f; --bad: #ff949b; --bad-bg: #3b1b1f; --warn: #eab966; --warn-bg: #352a11;
    --hit: #3c9e6b; --miss: #d4515f; --skip: #5a626d; --track: #2b3037;
    --code-comment: #98a1ad; --code-string: #7fd0c8; --code-word: #d5a3ea; --code-number: #eeb57f;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-behavior: smooth; scroll-padding-top: 3.5rem; }
body {
  margin: 0; background: var(--bg); color: var(--text); overflow-wrap: anywhere;
  font: 15px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
}
header.top, nav > ul, main, body > footer { max-width: 1120px; margin-inline: auto; padding-inline: clamp(16px, 4vw, 32px); }
h1, h2, h3, p, ul, dl, dd, pre { margin: 0; padding: 0; }
ul { list-style: none; }
h1 { font-size: clamp(1.45rem, 1.1rem + 1.8vw, 2.1rem); line-height: 1.2; letter-spacing: -0.018em; font-weight: 650; text-wrap: balance; }
h2 { font-size: 1.25rem; letter-spacing: -0.01em; font-weight: 650; }
h3 { font-size: 0.95rem; font-weight: 620; }
a { color: var(--link); text-decoration: underline; text-decoration-color: color-mix(in srgb, currentColor 35%, transparent); text-underline-offset: 0.18em; }
a:hover { text-decoration-color: currentColor; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
code, pre { font-family: var(--mono); font-size: 0.875em; }
b { font-weight: 620; }
.to-main { position: absolute; left: 12px; top: -60px; z-index: 9; padding: 8px 14px; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
.to-main:focus { top: 12px; }
[hidden], .only-script, .script .no-script { display: none !important; }
.script .only-script { display: revert !important; }

header.top { padding-block: clamp(28px, 5vw, 52px) 24px; }
.top .where { color: var(--muted); font-weight: 550; margin-bottom: 10px; }
.top .where a { color: inherit; text-decoration: none; }
.top .where a:hover { text-decoration: underline; }
.top h1 { display: flex; gap: 0.5em; align-items: flex-start; }
.top h1 .sign { margin-top: 0.06em; }
.top .preview { margin-top: 14px; font-size: 1.02rem; }
.top .facts { display: flex; flex-wrap: wrap; gap: 10px 26px; margin-top: 20px; }
.facts dt { color: var(--muted); font-size: 0.8rem; }

nav { position: sticky; top: 0; z-index: 5; background: var(--bg); border-bottom: 1px solid var(--line); }
nav ul { display: flex; gap: 4px; overflow-x: auto; scrollbar-width: none; }
nav a { display: block; padding: 10px; white-space: nowrap; color: var(--muted); text-decoration: none; font-size: 0.9rem; border-bottom: 2px solid transparent; }
nav li:first-child a { margin-left: -10px; }
nav a:hover, nav a[aria-current] { color: var(--text); }
nav a[aria-current] { border-color: var(--text); }
nav a:focus-visible { outline-offset: -3px; }

main > section { padding-block: 28px 12px; }
main > section > details:last-child { border-bottom: 0; }
main > section + section { border-top: 1px solid var(--line); }
#overview + section { border-top: 0; }
.section-head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 14px; margin-bottom: 14px; }
.aside, .note, .count, .place { color: var(--muted); }
.note, .aside { font-size: 0.875rem; }
.count { font-weight: 400; font-size: 0.875rem; margin-left: 0.25em; }
.block { margin-block: 22px; }
.block > h3 { margin-bottom: 8px; }
.block > h3 + .note { margin: -5px 0 10px; max-width: 75ch; }
body > footer { padding-block: 24px 40px; color: var(--muted); font-size: 0.85rem; }

@media (prefers-reduced-motion: reduce) {
  html { scroll-behavior: auto; }
  *, *::before, *::after { transition: none !important; animation: none !important; }
}
@media print {
  nav, .to-main, .only-script, .script .only-script { display: none !important; }
  .script .no-script { display: revert !important; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .scroll, pre { overflow: visible !important; max-height: none !important; white-space: pre-wrap; }
  section, .tile, details { break-inside: avoid-page; }
}
`
