/**
 * The widget's look. A page may set --backstride-accent, --backstride-on-accent, --backstride-font,
 * --backstride-radius, --backstride-width and --backstride-height on the element.
 */
const dark = `
  --bg: #172122; --soft: #0f1718; --text: #edf3f1; --muted: #a8b7b3; --line: #2d3a3b; --edge: #81928d;
  --accent: var(--backstride-accent, #6fd3c1); --on: var(--backstride-on-accent, #06231e); --mine: var(--backstride-accent, #1d5148); --said: var(--backstride-on-accent, #fff);
  --stop: #c2362e; --soon: #3a2d0e; --soon-edge: #e0a83a; --note: #1d2c4a; --note-edge: #8fb0f5;
  --shadow: 0 .6em 2.4em #000a; color-scheme: dark;`;

export const styles = `
:host { display: block !important; }
:host(:not([inline])) { all: initial !important; }
.root { all: initial; display: block; font: medium/1.5 var(--backstride-font, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif);
  --bg: #fff; --soft: #f2f6f4; --text: #15211e; --muted: #4d5d59; --line: #dce5e2; --edge: #73837f;
  --accent: var(--backstride-accent, #0a6a5c); --on: var(--backstride-on-accent, #fff); --mine: var(--accent); --said: var(--on);
  --stop: #b3261e; --soon: #fff4db; --soon-edge: #8a5200; --note: #e9effc; --note-edge: #2f55b0;
  --shadow: 0 .6em 2.4em #0f2a2533; --round: var(--backstride-radius, 1.1em);
  color: var(--text); color-scheme: light; overflow-wrap: anywhere; text-align: start; }
.root[data-theme=dark] { ${dark} }
@media (prefers-color-scheme: dark) { .root[data-theme=auto] { ${dark} } }
@media (prefers-contrast: more) { .root[data-theme] { --muted: var(--text); --line: var(--edge); } }
.root.inline { height: var(--backstride-height, 38em); max-height: 100%; }
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
button, input, textarea { font: inherit; color: inherit; margin: 0; }
button { border: 0; background: none; padding: 0; cursor: pointer; touch-action: manipulation; }
[aria-disabled=true] { cursor: default; }
:focus { outline: none; }
:focus-visible { outline: .16em solid var(--accent); outline-offset: .13em; }
.log:focus-visible, textarea:focus-visible { outline-offset: -.16em; }
svg { width: 1.4em; height: 1.4em; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
p, ul, ol, h2, h3, h4 { margin: 0; }
ul, ol { padding-inline-start: 1.3em; }
li + li { margin-top: .3em; }
::marker { color: var(--muted); }
a { color: var(--accent); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.launcher { position: fixed; z-index: 2147483000; inset-block-end: calc(1.25em + env(safe-area-inset-bottom)); inset-inline-end: 1.25em;
  display: flex; align-items: center; gap: .55em; min-height: 3.5em; padding: .5em 1.4em .5em 1.15em; border-radius: 2em;
  font-weight: 600; box-shadow: var(--shadow); }
.launcher:focus-visible { outline: .19em solid var(--text); outline-offset: .19em; }
.badge { position: absolute; inset: -.5em -.2em auto auto; padding: 0 .6em; border-radius: 1em; background: var(--stop); color: #fff; font-size: .8em; }

.panel, .confirm { color: var(--text); background: var(--bg); border: 1px solid var(--line); border-radius: var(--round); }
.panel { padding: 0; overflow: hidden; }
.inline .panel { position: relative; height: 100%; }
dialog.panel { position: fixed; z-index: 2147483000; inset: auto; inset-block-end: 1.25em; inset-inline-end: 1.25em; margin: 0; width: min(var(--backstride-width, 25.5em), calc(100vw - 2.5em));
  height: min(44em, calc(100vh - 2.5em)); max-width: none; max-height: none; box-shadow: var(--shadow); }
dialog.panel:modal { inset: 0; width: 100%; height: 100%; height: 100dvh; border: 0; border-radius: 0; }
.chat { container-type: size; display: flex; flex-direction: column; height: 100%; }

.head { position: relative; display: flex; align-items: center; gap: .25em; padding: .6em .5em .6em 1em; background: var(--bg); border-bottom: 1px solid var(--line); flex: none; }
.mark { display: grid; place-items: center; width: 2.5em; height: 2.5em; margin-inline-end: .5em; border-radius: .8em; background: var(--accent); color: var(--on); }
.mark svg { width: 1.75em; height: 1.75em; }
h2 { flex: 1; font-size: 1.1em; line-height: 1.25; }
h2 small { display: block; font-size: .8em; font-weight: 400; color: var(--muted); }
.icon { flex: none; display: grid; place-items: center; width: 2.75em; height: 2.75em; border-radius: 50%; }
.head .icon:hover, .menu button:hover { background: var(--soft); }
[aria-controls=menu] svg { stroke-width: 3.5; }
.menu { position: absolute; z-index: 3; inset-block-start: 100%; inset-inline-end: .5em; min-width: 13em; padding: .35em; background: var(--bg); border: 1px solid var(--line); border-radius: .8em; box-shadow: var(--shadow); }
.menu button { display: block; width: 100%; padding: .65em .8em; text-align: start; border-radius: .5em; }

.heading { display: flex; align-items: center; gap: .5em; font-weight: 700; line-height: 1.3; }
.pin { max-height: 70%; overflow: auto; padding: .7em 1em .8em; color: var(--text); background: var(--note); border-bottom: .19em solid var(--note-edge); }
.pin .line { display: flex; align-items: center; justify-content: space-between; gap: 1em; }
[data-urgency=same_day] { --note: var(--soon); --note-edge: var(--soon-edge); }
[data-urgency=emergency_now] { --note: var(--stop); --note-edge: var(--stop); }
.pin[data-urgency=emergency_now] { color: #fff; --accent: #fff; }
.link { flex: none; text-decoration: underline; text-underline-offset: .2em; padding: .25em 0; min-height: 1.75em; font-size: .93em; }
.calls { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.3em, 1fr)); gap: .5em; margin-top: .6em; }
.calls a { display: flex; align-items: center; gap: .6em; min-height: 3.1em; padding: .4em .8em; border-radius: .8em; background: var(--bg); color: var(--text); text-decoration: none; border: 1px solid var(--edge); line-height: 1.25; }
.calls a:first-child:nth-last-child(-n+3) { background: var(--text); color: var(--bg); border-color: var(--text); }
[data-urgency=emergency_now] .calls a:first-child:nth-last-child(-n+3) { background: var(--stop); color: #fff; border-color: var(--stop); }
.pin[data-urgency=emergency_now] .calls a { color: #fff; background: none; border-color: #fff; }
.pin[data-urgency=emergency_now] .calls a:first-child:nth-last-child(-n+3) { background: #fff; color: #8c1d18; }
.calls b, .calls small, .rows small { display: block; }

.log { flex: 1; min-height: 5em; overflow-y: auto; scroll-padding-block-end: 3.5em; overscroll-behavior: contain; background: var(--soft); }
.list { position: relative; display: flex; flex-direction: column; gap: .45em; padding: 1em; }
.message { display: flex; flex-direction: column; align-items: flex-start; position: relative; }
.message.person { align-items: flex-end; margin-block-start: .8em; margin-inline-start: 3em; }
.body { max-width: 100%; padding: .65em .95em; border-radius: var(--round); background: var(--bg); border: 1px solid var(--line); border-end-start-radius: .3em; }
.body:not(.urgent) > * + *, .card > div > * + *, .more > * + *, .referral > * + *, .referral > div:not(.calls) > * + *, details > * + *, .pin .more { margin-top: .6em; }
.person .body { background: var(--mine); color: var(--said); border-color: var(--mine); white-space: pre-wrap; border-radius: var(--round); border-end-end-radius: .3em; }
.sending .body { background: none; color: var(--text); border: 1px dashed var(--edge); }
.footer { display: flex; align-items: center; gap: .5em; max-width: 100%; min-height: 1.9em; padding-inline: .3em; color: var(--muted); font-size: .8em; }
.welcome .urgent { display: flex; gap: .6em; margin-top: .45em; background: var(--soon); border-color: var(--soon-edge); }
.body:has(.card), .body:has(.referral) { padding: 0; overflow: hidden; width: 100%; }
.body:has(.referral) { border: 0; }
.referral { padding: .9em 1em 1em; border: .13em solid var(--note-edge); border-inline-start-width: .4em; border-radius: var(--round); }
.referral div > p:first-child { font-weight: 600; }

.replies { display: flex; flex-wrap: wrap; gap: .5em; margin-top: .6em; }
.replies button, .pain button, .why button, .earlier, .start, .controls button, .hurts { min-height: 2.75em; padding: .4em 1em; border: 1px solid var(--edge); border-radius: 1.4em; background: var(--bg); color: var(--accent); font-weight: 600; line-height: 1.3; text-align: start; }
.replies button:not([aria-disabled=true]):hover, .earlier:hover, .rows li:hover { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
.replies .danger { background: var(--stop); color: #fff; border-color: var(--stop); }
.replies [aria-pressed]::before { content: ""; display: inline-block; width: .95em; height: .95em; margin-inline-end: .5em; vertical-align: -.1em; border: .13em solid; border-radius: .25em; }
.replies [aria-pressed=true] { background: var(--accent); color: var(--on); border-color: var(--accent); }
.replies [aria-pressed=true]::before { background: currentColor; }

.rows { width: 100%; padding: 0; margin-top: .6em; list-style: none; counter-reset: row; display: grid; gap: .5em; }
.rows li { position: relative; display: flex; align-items: center; gap: .8em; margin: 0; padding: .55em .95em; counter-increment: row; border: 1px solid var(--edge); border-radius: var(--round); background: var(--bg); line-height: 1.35; }
.rows img { flex: none; width: 6em; height: auto; }
.rows button { color: var(--accent); font-weight: 600; min-height: 1.6em; text-align: start; }
.rows button::before { content: counter(row) ". "; }
.rows button::after { content: ""; position: absolute; inset: 0; border-radius: var(--round); }

.card { display: flex; flex-direction: column; gap: .7em; padding: 1em; }
.body > img { width: 22em; max-width: 100%; height: auto; }
.card > img { width: calc(100% + 2em); height: auto; max-height: 15em; object-fit: contain; margin: -1em -1em 0; padding: .5em; border-bottom: 1px solid var(--line); }
h3, .careful h4 { display: flex; align-items: center; gap: .45em; }
h3 { font-size: 1.15em; line-height: 1.3; }
h3 svg { color: var(--accent); }
section h4, .careful h4 { margin-bottom: .2em; }
section + section { border-top: 1px solid var(--line); padding-top: .7em; }
.steps { padding-inline-start: 0; list-style: none; counter-reset: step; }
.steps li { counter-increment: step; position: relative; padding-inline-start: 2.3em; min-height: 1.7em; }
.steps li + li { margin-top: .6em; }
.steps li::before { content: counter(step); position: absolute; inset-inline-start: 0; width: 1.65em; height: 1.65em; border-radius: 50%; background: var(--accent); color: var(--on); display: grid; place-items: center; font-size: .95em; font-weight: 700; }
.dose { display: inline-block; margin-inline: .15em; padding: 0 .55em; border-radius: 1em; background: var(--soft); border: 1px solid var(--line); font-size: .88em; white-space: nowrap; }
.careful { padding: .7em .9em; border-radius: .8em; background: var(--soon); border-inline-start: .25em solid var(--soon-edge); }
details { border-top: 1px solid var(--line); padding-top: .6em; }
summary { cursor: pointer; font-weight: 600; min-height: 1.75em; }
.sources, .hint, .rows small { color: var(--muted); font-size: .9em; }
.start, .controls button { display: flex; align-items: center; justify-content: center; gap: .4em; min-height: 3.1em; }

.launcher, .send, .start, .pain button, .controls .main, .replies .main { background: var(--accent); color: var(--on); border-color: var(--accent); }
:placeholder-shown + .send { background: var(--soft); color: var(--muted); }
.replies [aria-disabled=true], form [aria-disabled=true], .start[aria-disabled=true] { color: var(--muted); border-color: var(--line); background: none; font-weight: 400; box-shadow: none; }
.replies:not(:has([aria-disabled=false])) [aria-disabled=true] { min-height: 2em; padding: .15em .8em; font-size: .9em; }
.replies .chosen[aria-disabled] { color: var(--text); border-color: var(--edge); background: var(--bg); font-weight: 600; }
.rows li:has([aria-disabled=true]) { border-color: var(--line); background: none; box-shadow: none; }
.rows [aria-disabled=true] { color: var(--muted); }
.rows li:has(.chosen) { border-color: var(--edge); background: var(--bg); }
.rows .chosen { color: var(--text); }
.tools { display: flex; }
.tool { width: 2.6em; height: 2.35em; display: grid; place-items: center; border-radius: .6em; }
.calls svg, .careful svg { width: 1.15em; height: 1.15em; }
.down svg { transform: scaleY(-1); }
.tool:hover { background: var(--line); color: var(--text); }
.tool[aria-pressed=true], .tool.done { color: var(--accent); }
.tool[aria-pressed=true] svg { fill: currentColor; }
.why { display: flex; gap: .5em; width: 100%; margin-top: .4em; flex-wrap: wrap; }
.why input { flex: 1 1 11em; padding: .4em .9em; }

.pain { display: grid; grid-template-columns: minmax(0, 1fr); gap: .3em; }
.body:has(.pain) { width: 100%; }
.told { font-weight: 700; font-size: 1.15em; text-align: center; }
.pain:not(.touched) .told { color: var(--muted); }
.pain input { width: 100%; height: 2.75em; accent-color: var(--accent); }
@media (forced-colors: none) {
  .pain input { --track: linear-gradient(90deg, #3f9d86, #e0a83a 55%, #c2362e); appearance: none; background: none; border-radius: 2em; }
  [dir=rtl] .pain input { --track: linear-gradient(-90deg, #3f9d86, #e0a83a 55%, #c2362e); }
  ::-webkit-slider-runnable-track { height: .55em; border-radius: 1em; background: var(--track); }
  ::-moz-range-track { height: .55em; border-radius: 1em; background: var(--track); }
  ::-webkit-slider-thumb { appearance: none; width: 2em; height: 2em; margin-top: -.73em; border-radius: 50%; background: var(--knob, var(--bg)); border: .2em solid var(--edge); }
  ::-moz-range-thumb { width: 2em; height: 2em; border-radius: 50%; background: var(--knob, var(--bg)); border: .2em solid var(--edge); box-sizing: border-box; }
  .touched { --knob: var(--accent); --edge: var(--bg); }
}
.marks { display: flex; justify-content: space-between; font-size: .85em; color: var(--muted); font-variant-numeric: tabular-nums; }
.marks span { width: 2.353em; text-align: center; white-space: nowrap; }
.ends { display: flex; justify-content: space-between; gap: 1em; color: var(--muted); font-size: .85em; margin-bottom: .5em; }
.dots { display: flex; gap: .3em; padding: .95em; background: var(--bg); border: 1px solid var(--line); border-radius: var(--round); }
.dots i { width: .5em; height: .5em; border-radius: 50%; background: var(--muted); animation: dot 1.2s infinite; }
.dots i:nth-child(2) { animation-delay: .2s } .dots i:nth-child(3) { animation-delay: .4s }
@keyframes dot { 30% { opacity: .25; transform: translateY(-.2em); } }

.earlier, .jump { align-self: center; white-space: nowrap; }
.jump { position: sticky; inset-block-end: .6em; display: flex; align-items: center; gap: .4em; padding: .4em 1em .4em .7em; min-height: 2.5em; border-radius: 1.4em; background: var(--text); color: var(--bg); font-weight: 600; box-shadow: var(--shadow); }
.status:not(:empty) { flex: none; padding: .5em 1em; background: var(--soon); border-top: 1px solid var(--soon-edge); font-size: .93em; }
.composer { position: relative; flex: none; display: flex; align-items: flex-end; gap: .5em; padding: .6em; padding-block-end: calc(.6em + env(safe-area-inset-bottom)); border-top: 1px solid var(--line); }
textarea, .why input { min-width: 0; min-height: 2.75em; border: 1px solid var(--edge); border-radius: 1.4em; background: var(--bg); }
textarea { flex: 1; resize: none; max-height: 8em; padding: .55em 1em; line-height: 1.5; }
::placeholder { color: var(--muted); opacity: 1; }
:placeholder-shown { white-space: nowrap; overflow: hidden; }
[dir=rtl] .send svg { transform: scaleX(-1); }
.left:not(:empty) { position: absolute; inset-block-end: 100%; inset-inline-end: 1em; padding: 0 .6em; font-size: .8em; color: var(--muted); background: var(--bg); border-radius: .6em; }
.confirm { padding: 1.2em; width: min(24em, calc(100vw - 2em)); box-shadow: var(--shadow); }
.confirm::backdrop { background: #0008; }

.stage:not(:empty) { container-type: size; position: absolute; inset: 0; z-index: 4; background: var(--bg); }
.player { display: flex; flex-direction: column; height: 100%; overflow-y: auto; }
.player .head { position: sticky; inset-block-start: 0; z-index: 1; }
.bar { position: absolute; inset: auto 0 -.13em; height: .25em; background: linear-gradient(var(--accent) 0 0) 0 / var(--part) 100% no-repeat; }
[dir=rtl] .bar { transform: scaleX(-1); }
.scene { flex: 1; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: .8em; padding: .5em 1.2em 1em; text-align: center; }
.scene img { max-width: 100%; width: 22em; height: auto; max-height: 13em; object-fit: contain; }
.now { font-size: 1.35em; line-height: 1.35; font-weight: 600; max-width: 24em; text-wrap: balance; }
.side { min-height: 1.5em; color: var(--muted); }
.ring { display: grid; place-content: center; text-align: center; flex: none; width: 10.5em; aspect-ratio: 1; border-radius: 50%; line-height: 1.1;
  background: radial-gradient(var(--bg) 64%, #0000 65%), conic-gradient(var(--accent) var(--part), var(--line) 0); }
.ring b { font-size: 2.9em; font-variant-numeric: tabular-nums; }
.foot { position: sticky; inset-block-end: 0; padding: .6em 1em calc(.3em + env(safe-area-inset-bottom)); background: var(--bg); border-top: 1px solid var(--line); }
.controls { display: grid; grid-template-columns: repeat(auto-fit, minmax(4.5em, 1fr)); white-space: nowrap; gap: .5em; padding-bottom: .5em; }
.controls button { padding-inline: .3em; }
.hurts { width: 100%; color: var(--text); border: .13em solid var(--stop); }
.pain button, .hurts { text-align: center; }
.options { display: flex; justify-content: center; gap: 0 1.2em; padding-top: .3em; flex-wrap: wrap; }
label { display: flex; align-items: center; gap: .5em; min-height: 2em; }
.options input { width: 1.25em; height: 1.25em; accent-color: var(--accent); }

@container (max-height: 48em) { .scene:has(.ring:not([hidden])) img { max-height: 8.5em; } }
@container (max-height: 39em) {
  .scene { gap: .4em; } .scene img { max-height: 7em; } .ring { width: 8em; font-size: .85em; } .now { font-size: 1.15em; }
  .controls button, .hurts { min-height: 2.6em; }
}
@container (max-width: 20em) {
  .chat h2 small, .mark, .controls svg { display: none; } .chat h2 { font-size: 1em; } .head .icon { width: 2em; } .pin .line { display: block; }
  .head, .list { padding: .6em; } .message.person { margin-inline-start: 0; } .rows li { flex-direction: column; align-items: start; }
}
/* Little room: a phone on its side, its keyboard, large letters. A page's windows tell of neither of the last two. */
@container (max-height: 30em) {
  .head { padding-block: 0; } h2 small, .pin a:only-child small, .mark { display: none; } .icon { height: 2.4em; }
  .pin { padding-block: .2em .4em; } .calls { margin-top: .2em; } .calls a { min-height: 2.2em; padding-block: 0; } .calls svg { display: none; }
  .log { min-height: 4em; } .composer { padding-block: .3em; } textarea { min-height: 2.4em; max-height: 3.9em; padding-block: .3em; }
  .scene img { display: none; } .ring { width: 7em; font-size: .8em; } .foot { position: static; }
}
dialog.panel { animation: rise .2s; }
@keyframes rise { from { opacity: 0; transform: translateY(.6em); } }
@media (prefers-reduced-motion: reduce) { * { animation: none !important; } }
@media (forced-colors: active) {
  button, .body, .pin, .referral, .careful, .calls a, .rows li { border: 1px solid !important; }
  .rows button { border: 0 !important; }
  .chosen, [aria-pressed=true] { outline: .19em solid Highlight; }
}
`;

/** Of a message that is printed. */
export const paper = `
@page { margin: 18mm; }
body { font: 11pt/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: #000; max-width: 40em; }
h1 { font-size: 18pt; margin: 0 0 .5em; }
h2 { font-size: 12pt; margin: 1em 0 .2em; }
p, ul, ol { margin: 0 0 .5em; }
li + li { margin-top: .2em; }
section, li { break-inside: avoid; }
img { max-width: 100%; height: auto; }
body > p:first-child, body > p:last-child { color: #444; font-size: 9pt; }
body > p:last-child { margin-top: 1.5em; border-top: 1px solid #999; padding-top: .5em; }
`;
