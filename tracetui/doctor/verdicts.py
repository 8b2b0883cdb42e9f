"""What is to be said of the health of one source. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from tracetui.doctor.findings import Finding
from tracetui.doctor.sources import Examined, File
from tracetui.store.mounts import is_network
from tracetui.text import count, size, tokens

_FREE_SHARE, _FREE_LEAST = 0.2, 1 << 20
"""From which part of a file, and from how many bytes on, VACUUM is worth its while."""
_WAL_LEAST = 64 << 20
"""A log of this size is not being put back into its database: a reader or a writer holds it."""
_REPEATED_SHARE = 0.3
"""From which part of what was sent on a prompt cache is worth a thought."""


def judge_source(found: Examined) -> Iterator[Finding]:
    """Everything there is to say of one source."""
    for file in found.databases:
        yield from _judge_file(found, file)
    if found.error is not None:
        yield Finding(found.source, "mend", found.error.removeprefix(f"{found.source}: "))
        return
    yield from _judge_reading(found)
    yield from _judge_spans(found)
    yield from _judge_prices(found)
    yield from _judge_prompts(found)


def _judge_file(found: Examined, file: File) -> Iterator[Finding]:
    name = shlex.quote(file.name)
    if file.check == "damaged":
        what = f"{file.name}: the database is damaged"
        yield Finding(found.source, "mend", what, f"sqlite3 {name} .recover | sqlite3 mended.db")
    elif file.check == "unreadable":
        yield Finding(
            found.source, "mend", f"{file.name}: another program holds the database locked, or it cannot be opened"
        )
    elif file.check == "unfinished":
        what = f"{file.name}: the check of its structure was not finished in time, and found nothing so far"
        yield Finding(found.source, "note", what, f"sqlite3 {name} 'PRAGMA quick_check'")
    if file.open:
        what = f"{file.name}: a store of prompts that other users may read"
        yield Finding(found.source, "note", what, f"chmod 600 {name}")
    if file.free_bytes is not None and file.free_bytes >= max(_FREE_LEAST, file.bytes * _FREE_SHARE):
        what = f"{file.name}: {size(file.free_bytes)} of {size(file.bytes)} are free pages"
        yield Finding(found.source, "note", what, f"sqlite3 {name} VACUUM")
    if file.wal_bytes >= _WAL_LEAST:
        what = f"{file.name}: its write-ahead log has {size(file.wal_bytes)}; a program holds it, or ended badly"
        yield Finding(found.source, "note", what, f"sqlite3 {name} 'PRAGMA wal_checkpoint(TRUNCATE)'")
    if file.journal_mode == "wal" and is_network(found.file_system):
        what = f"{file.name}: a database in WAL mode on a network file system ({found.file_system}) gets damaged"
        yield Finding(found.source, "mend", what, "copy it to a disk of this machine")


def _judge_reading(found: Examined) -> Iterator[Finding]:
    if found.complete is False:
        share = f"{found.read * 100 // found.of}%" if found.of else "a part"
        yield Finding(
            found.source, "note", f"only {share} was read in the time there was; ask again, it goes on from there"
        )
    if found.index is not None and found.index.name is None:
        yield Finding(found.source, "mend", "the index is kept in memory only: the cache directory cannot be written")
    elif is_network(found.file_system) and not found.databases:
        yield Finding(
            found.source, "note", f"it lies on a network file system ({found.file_system}): reading it is slow"
        )
    odd = (("skipped", found.records.skipped, "records gave nothing"), ("warnings", found.records.warnings, "warnings"))
    for _, number, what in odd:
        if number:
            yield Finding(found.source, "note", f"{count(number)} {what}", "tracetui info SOURCE")


def _judge_spans(found: Examined) -> Iterator[Finding]:
    counts = found.counts
    if counts is None:
        yield Finding(found.source, "note", "its spans are too many to be counted in the time there was")
        return
    rows: tuple[tuple[int, str, str | None], ...] = (
        (counts.orphans, "spans name a parent that never came", None),
        (counts.never_ended, "spans began over an hour ago and have no end", "tracetui ls SOURCE -q is:running"),
        (counts.missing_usage, "of {calls} model calls have no usage: their cost is not known", None),
        (counts.inconsistent_usage, "spans have counts of tokens that contradict each other", None),
    )
    for number, what, remedy in rows:
        if number:
            yield Finding(found.source, "note", f"{count(number)} {what.format(calls=count(counts.calls))}", remedy)


def _judge_prices(found: Examined) -> Iterator[Finding]:
    unknown = [one for one in found.unpriced or () if one.reason == "unknown model"]
    calls = sum(one.calls for one in unknown)
    if calls:
        what = f"calls without a known price: {count(calls)}, of models: {count(len(unknown))}"
        yield Finding(found.source, "note", what, "give your own prices: docs/prices.md")


def _judge_prompts(found: Examined) -> Iterator[Finding]:
    prompts = found.prompts
    if prompts is None or not prompts.bytes or prompts.repeated_bytes < prompts.bytes * _REPEATED_SHARE:
        return
    share = prompts.repeated_bytes * 100 // prompts.bytes
    about = ""
    if prompts.repeated_tokens is not None:
        about = f", about {tokens(prompts.repeated_tokens)} tokens; {tokens(prompts.cache_read_tokens)} were read from a cache"
    what = f"{share}% of what the newest {count(prompts.calls)} calls sent had been sent before{about}"
    yield Finding(found.source, "note", what, "a prompt cache saves that: keep what stays the same in front")
