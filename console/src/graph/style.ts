/** How the picture looks, in both themes; a page adopts it, an exported file carries it inside. */

const LIGHT = `
  --g-canvas: #fbfcfd; --g-node: #ffffff; --g-line: #8794a3; --g-border: #b4bfca; --g-text: #101820; --g-quiet: #55626f;
  --g-scope: #f3f6f8; --g-scope-border: #cfd8e0; --g-accent: #0f6c81; --g-halo: #9fd4e0;
  --g-succeeded: #1a7f37; --g-succeeded-fill: #e9f7ec; --g-failed: #c62828; --g-failed-fill: #fdeceb;
  --g-running: #0969da; --g-running-fill: #e7f2fd; --g-caught: #b35900; --g-caught-fill: #fff3e3;
  --g-aborted: #5f6b78; --g-aborted-fill: #eef1f4;`;

const DARK = `
  --g-canvas: #12181f; --g-node: #1c242d; --g-line: #75838f; --g-border: #4a5764; --g-text: #e8edf2; --g-quiet: #a5b1bd;
  --g-scope: #171e26; --g-scope-border: #36424e; --g-accent: #5cc3d8; --g-halo: #1f5a69;
  --g-succeeded: #4cc46a; --g-succeeded-fill: #15291c; --g-failed: #ff7b72; --g-failed-fill: #331a1a;
  --g-running: #6cb2ff; --g-running-fill: #142840; --g-caught: #f0a848; --g-caught-fill: #33250f;
  --g-aborted: #9aa6b2; --g-aborted-fill: #222a32;`;

const RULES = `
.g-canvas { fill: var(--g-canvas); }
.g text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--g-text); }
.g-box { fill: var(--g-node); stroke: var(--g-border); stroke-width: 1.25; }
.g-name { font-size: 13px; font-weight: 600; }
.g text.g-detail { font-size: 11px; fill: var(--g-quiet); }
.g-icon { fill: none; stroke: var(--g-accent); stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
.g-scope { fill: var(--g-scope); stroke: var(--g-scope-border); stroke-dasharray: 4 4; }
.g-stack { fill: var(--g-node); stroke: var(--g-border); }
.g-line { fill: none; stroke: var(--g-line); stroke-width: 1.5; }
.g-arrow { fill: var(--g-line); stroke: none; }
.g-catch .g-line { stroke-dasharray: 5 4; }
.g-label-box { fill: var(--g-canvas); }
.g-inner .g-label-box { fill: var(--g-scope); }
.g text.g-label { font-size: 11px; fill: var(--g-quiet); }
.g-end { fill: var(--g-node); stroke: var(--g-line); stroke-width: 1.5; }
.g-end-dot { fill: var(--g-line); }
.g-mark { fill: var(--g-status); }
.g-mark-line { fill: none; stroke: var(--g-node); stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.g-badge { fill: var(--g-status, var(--g-quiet)); }
.g text.g-badge-text { font-size: 10px; font-weight: 700; fill: var(--g-node); }
.g text.g-hint { font-size: 10px; fill: var(--g-quiet); }
.g-succeeded { --g-status: var(--g-succeeded); --g-fill: var(--g-succeeded-fill); }
.g-failed, .g-timed-out { --g-status: var(--g-failed); --g-fill: var(--g-failed-fill); }
.g-running { --g-status: var(--g-running); --g-fill: var(--g-running-fill); }
.g-caught { --g-status: var(--g-caught); --g-fill: var(--g-caught-fill); }
.g-aborted { --g-status: var(--g-aborted); --g-fill: var(--g-aborted-fill); }
.g-visited > .g-box { fill: var(--g-fill); stroke: var(--g-status); stroke-width: 1.75; }
.g-failed > .g-box, .g-timed-out > .g-box { stroke-width: 2.5; }
.g-caught > .g-box { stroke-dasharray: 6 3; }
.g-aborted > .g-box { stroke-dasharray: 2 3; }
.g-taken .g-line { stroke: var(--g-text); stroke-width: 2; }
.g-taken .g-arrow { fill: var(--g-text); }
.g-broken > .g-box { stroke: var(--g-failed); stroke-dasharray: 3 3; }
.g-selected > .g-box { stroke: var(--g-accent); stroke-width: 3; stroke-dasharray: none; filter: drop-shadow(0 0 3px var(--g-halo)); }
@media (forced-colors: active) {
  .g-box, .g-line, .g-end { stroke: CanvasText; } .g-box, .g-canvas, .g-scope { fill: Canvas; }
  .g text { fill: CanvasText; } .g-selected > .g-box { stroke: Highlight; }
}`;

/** For a page, whose theme is a class of its body. */
export const PAGE_STYLE = `.g { ${LIGHT} }\n.awsui-dark-mode .g { ${DARK} }\n${RULES}
.g-state { cursor: pointer; } .g-state:focus { outline: none; }
.g-state:focus-visible > .g-box { stroke: var(--g-accent); stroke-width: 3; }
.g-running .g-mark { animation: g-pulse 1.6s ease-in-out infinite; }
@keyframes g-pulse { 50% { opacity: 0.45; } }
@media (prefers-reduced-motion: reduce) { .g-running .g-mark { animation: none; } }`;

/** For a file that is looked at alone. */
export const FILE_STYLE = `.g { ${LIGHT} }\n@media (prefers-color-scheme: dark) { .g { ${DARK} } }\n${RULES}`;
