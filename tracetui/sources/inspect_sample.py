"""One sample of an Inspect AI log: which it is, and its parts. Pure."""

from __future__ import annotations

from msgspec import Struct

from tracetui.model import Json
from tracetui.semconv.scalars import text_of
from tracetui.semconv.times import iso_nanoseconds
from tracetui.sources.cells import dict_of


class Eval(Struct, frozen=True):
    """What the head of a log says about all its samples."""

    task: str
    eval_id: str
    run_id: str | None
    is_running: bool
    tags: tuple[str, ...] = ()
    model: str | None = None

    @classmethod
    def of(cls, head: dict[str, Json]) -> Eval:
        """From the object without its samples."""
        found = dict_of(head.get("eval"))
        tags = found.get("tags") or head.get("tags")
        return cls(
            task=text_of(found.get("task_display_name")) or text_of(found.get("task")) or "",
            eval_id=text_of(found.get("eval_id"))
            or text_of(found.get("task_id"))
            or text_of(found.get("run_id"))
            or "",
            run_id=text_of(found.get("run_id")),
            is_running=head.get("status", "started") == "started",
            tags=tuple(tag for item in tags if (tag := text_of(item))) if isinstance(tags, list) else (),
            model=text_of(found.get("model")),
        )


def is_sample(value: Json) -> bool:
    """Whether a value is a sample at all."""
    return isinstance(value, dict) and "id" in value and "epoch" in value


def trace_id_of(sample: dict[str, Json], run: Eval) -> str:
    """The sample's own id, else one made of run, sample and epoch."""
    return text_of(sample.get("uuid")) or f"{run.eval_id}/{sample.get('id')}/{sample.get('epoch')}"


def events_of(sample: dict[str, Json]) -> list[dict[str, Json]]:
    """What happened in a sample, in order; an older log has it in the transcript."""
    return objects_in(sample.get("events") or dict_of(sample.get("transcript")).get("events"))


def objects_in(value: Json) -> list[dict[str, Json]]:
    """The objects of a list; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def moment_of(value: Json) -> int | None:
    """Nanoseconds since the Unix epoch, of a time as ISO text."""
    return iso_nanoseconds(value) if isinstance(value, str) else None
