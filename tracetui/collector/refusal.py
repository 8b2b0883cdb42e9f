"""Why a request is not taken: raised where it is known, put into the protocol's own words where it is answered."""

from __future__ import annotations

TOKEN_MISSING = "the token is missing or wrong; it was printed when the collector started"
"""By which `tracetui doctor` knows a collector of ours that does not let it in."""


class Refusal(Exception):
    """`status` of HTTP and a sentence; `retry_after_s` where the sender should come again, on another connection where
    the answer `closes` this one."""

    def __init__(
        self,
        status: int,
        sentence: str,
        *,
        retry_after_s: int | None = None,
        is_malformed: bool = False,
        closes: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.retry_after_s = retry_after_s
        self.is_malformed = is_malformed
        self.headers = {"retry-after": str(retry_after_s)} if retry_after_s is not None else {}
        if closes:
            self.headers["connection"] = "close"
