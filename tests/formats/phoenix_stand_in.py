"""A program that has `phoenix.db` open for writing and listens, as Phoenix does: `python phoenix_stand_in.py FILE MODE`.

`takes` answers and writes the annotation; `fails-late` writes it, and answers that it failed; `wants-a-key` answers 401;
`reads` has the file open for reading alone.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

path, mode = sys.argv[1:]
conn = sqlite3.connect(f"file:{path}?mode={'ro' if mode == 'reads' else 'rw'}", uri=True, isolation_level=None)
conn.execute("SELECT count(*) FROM spans").fetchone()
INSERT = (
    "INSERT INTO span_annotations (span_rowid, name, label, score, explanation, metadata, annotator_kind, identifier, source)"
    " SELECT id, ?, ?, ?, ?, ?, ?, ?, 'API' FROM spans WHERE span_id = ?"
)

ANSWERS = {"takes": 200, "fails-late": 500}
"""The modes in which an annotation is written, and what is answered."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer(200 if self.path == "/healthz" else 404)

    def do_POST(self) -> None:
        (entry,) = json.loads(self.rfile.read(int(self.headers["content-length"])))["data"]
        if mode in ANSWERS:
            said = [entry["result"][key] for key in ("label", "score", "explanation")]
            rest = [json.dumps(entry["metadata"]), entry["annotator_kind"], entry["identifier"], entry["span_id"]]
            conn.execute(INSERT, [entry["name"], *said, *rest])
        self.answer(ANSWERS.get(mode, 401))

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


server = HTTPServer(("127.0.0.1", 0), Handler)
print("ready", flush=True)
server.serve_forever()
