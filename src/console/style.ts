/** Plain enough for an old phone; dark where the reader's system is. */
export const STYLE = `
:root {
  --ground: #fdfdfc; --ink: #1c1d20; --quiet: #5a5d66; --line: #d9dade; --field: #f1f1ee;
  --accent: #0b5cad; --good: #1d7a3f; --bad: #b3261e; --doubt: #8a5a00; --bar: #6f9fd8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #16171a; --ink: #ececee; --quiet: #a5a8b1; --line: #33363d; --field: #212329;
    --accent: #8fc1ff; --good: #6fd394; --bad: #ff9d94; --doubt: #e9bf6a; --bar: #4d7fbd;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding: .5rem 1rem; border-bottom: 1px solid var(--line); }
header .brand { margin: 0; font-weight: 700; }
header .session { margin-left: auto; color: var(--quiet); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; margin: 0; padding: 0; }
nav a[aria-current] { font-weight: 700; text-decoration: none; color: var(--ink); }
main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
a { color: var(--accent); }
h1 { font-size: 1.5rem; margin: .25rem 0 1rem; }
h2 { font-size: 1.15rem; margin: 1.75rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--ground); padding: .25rem .5rem; z-index: 1; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.said { padding: .5rem .75rem; background: var(--field); border-left: 4px solid var(--accent); }
.quiet { color: var(--quiet); }
.good { color: var(--good); } .bad { color: var(--bad); } .doubt { color: var(--doubt); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .75rem; margin: 0; padding: 0; }
.tiles > div { background: var(--field); padding: .75rem; border-radius: .4rem; }
.tiles dt { color: var(--quiet); font-size: .875rem; }
.tiles dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.tiles dd.small, .tiles dd a.small { font-size: 1rem; }
.timeline > li { padding: .35rem 0; border-bottom: 1px solid var(--line); }
blockquote { margin: .35rem 0; padding-left: .75rem; border-left: 3px solid var(--line); } blockquote p { margin: 0; } blockquote span { white-space: pre-wrap; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--quiet); padding-bottom: .25rem; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; }
td code { overflow-wrap: anywhere; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
button, input, select, textarea { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--quiet); border-radius: .3rem; padding: .3rem .6rem; max-width: 100%; }
button { background: var(--field); cursor: pointer; }
button.grave { border-color: var(--bad); color: var(--bad); }
form.line { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; }
label { display: grid; gap: .15rem; font-size: .875rem; color: var(--quiet); }
pre { background: var(--field); padding: .75rem; overflow-x: auto; white-space: pre-wrap; }
details > summary { cursor: pointer; }
svg { max-width: 100%; height: auto; display: block; color: var(--ink); }
svg.in-line { display: inline-block; vertical-align: middle; }
figure { margin: 1rem 0; } figcaption { font-weight: 600; }
meter { width: 12rem; max-width: 100%; }
ul.plain { list-style: none; margin: 0; padding: 0; }
svg .bar { fill: var(--bar); } svg .bad { fill: var(--bad); } svg .good { fill: var(--good); } svg .line { stroke: var(--bar); fill: none; stroke-width: 2; } svg .axis { stroke: var(--line); } svg text { fill: currentColor; font-size: 12px; }
svg .node { fill: var(--field); stroke: var(--quiet); } svg .node.speaks { stroke: var(--accent); stroke-width: 2; }
svg .edge { stroke: var(--quiet); fill: none; } svg .tip { fill: var(--quiet); } svg .aside { fill: var(--quiet); font-size: 11px; }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`.trim();
