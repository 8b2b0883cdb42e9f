"""How the page of `export --format html` looks, and what it may do: nothing but to be read.

The policy allows the page's own style by its hash and pictures that stand in the page itself. No script runs, nothing
is loaded, nothing is sent, no form leads anywhere: should a text of a trace ever become markup, it would be dead.
"""

from __future__ import annotations

import base64
import hashlib

STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --faint: #60646c; --paper: #fff; --panel: #f4f5f7; --line: #d5d9e0;
  --error: #b42318; --refused: #8a3ea8; --running: #0b6e85; --success: #18794e; --role: #1d5fbf; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --faint: #9aa3ae; --paper: #14171a; --panel: #1e2226;
  --line: #363c43; --error: #ff8d84; --refused: #d9a1f0; --running: #6fd3e8; --success: #66cf9b; --role: #8ab8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.3rem; } h2, h3, h4 { font-size: 1rem; margin: .8rem 0 .2rem; }
summary { cursor: pointer; padding: .15rem 0; overflow-wrap: anywhere; }
.trace { border-top: 1px solid var(--line); padding: .5rem 0; } .trace > summary { font-weight: 600; }
.children { margin-left: .45rem; padding-left: .9rem; border-left: 1px solid var(--line); }
.carried { margin: .2rem 0 .6rem 1.1rem; }
.error { color: var(--error); } .refused { color: var(--refused); }
.running { color: var(--running); } .success { color: var(--success); }
.faint, dt { color: var(--faint); font-weight: normal; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: .3rem 0; }
dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: .2rem 0; padding: .5rem .7rem; background: var(--panel); border-radius: 4px; white-space: pre-wrap;
  overflow-wrap: anywhere; font: 13px/1.45 ui-monospace, monospace; unicode-bidi: isolate; }
.message { border-left: 3px solid var(--line); padding-left: .7rem; margin: .5rem 0; }
.role { color: var(--role); } .result { margin-left: 1.2rem; }
svg { width: 9rem; height: .7em; margin: 0 .5rem; vertical-align: baseline; fill: currentColor; }
img { max-width: 100%; display: block; }
@media print { body { max-width: none; font-size: 11px; } pre { background: none; border: 1px solid var(--line); }
  details::details-content { content-visibility: visible; block-size: auto; display: block; }
  .message, summary { break-inside: avoid; } }
"""

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; form-action 'none'"
"""Content-Security-Policy of the page."""
HEAD = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    '<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">\n'
    f"<title>Traces</title><style>{STYLE}</style></head>\n<body><h1>Traces</h1>\n"
)
"""The page up to its first trace."""
