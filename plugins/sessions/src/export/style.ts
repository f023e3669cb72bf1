/** Of the page: readable on a phone and on paper, light and dark as the reader has it. */
export const STYLE = `
:root { color-scheme: light dark; --text: light-dark(#1f2328, #e6edf3); --back: light-dark(#ffffff, #0d1117); --soft: light-dark(#f3f5f7, #161b22); --line: light-dark(#d0d7de, #30363d); --quiet: light-dark(#59636e, #9198a1); --add: light-dark(#116329, #7ee787); --del: light-dark(#a40e26, #ffa198); --link: light-dark(#0550ae, #79c0ff); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 52rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1rem; margin: 0 0 .5rem; } .h { font-weight: 600; }
small, .note, summary span, dt { color: var(--quiet); font-weight: normal; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: .875rem; } dd { margin: 0; }
pre, code { font: .8125rem/1.5 ui-monospace, monospace; } code { background: var(--soft); border-radius: 4px; padding: .1em .3em; }
pre { background: var(--soft); border-radius: 6px; padding: .75rem; margin: .5rem 0; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 40rem; overflow-y: auto; }
.input { border-left: 4px solid var(--link); padding-left: .75rem; margin: 2rem 0 1rem; } .typed { white-space: pre-wrap; }
details { border: 1px solid var(--line); border-radius: 6px; padding: .35rem .75rem; margin: .5rem 0; } summary { cursor: pointer; }
.failed > summary { border-left: 3px solid var(--del); padding-left: .5rem; }
blockquote { margin: .5rem 0; padding-left: .75rem; border-left: 3px solid var(--line); } .wide { overflow-x: auto; }
table { border-collapse: collapse; } th, td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: left; }
.add { color: var(--add); } .del { color: var(--del); } .at { color: var(--quiet); }
a { color: var(--link); } img { display: block; max-width: 100%; height: auto; margin: .5rem 0; }
@media print { pre { max-height: none; } }
`;
