"""Everything the doctor found as one object: what `tracetui doctor --json` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from tracetui.doctor.findings import Finding
from tracetui.doctor.places import Place, judge_places, look_at_places
from tracetui.doctor.ports import Port, judge_ports, look_at_ports
from tracetui.doctor.settings import Settings, find_config, judge_settings, look_at_settings
from tracetui.doctor.sources import Examined, examine_source
from tracetui.doctor.terminal import TerminalFacts, judge_terminal, look_at_terminal
from tracetui.doctor.verdicts import judge_source
from tracetui.doctor.versions import Versions, judge_versions, look_at_versions

if TYPE_CHECKING:
    from tracetui.sources.columns import Mapping


class Report(Struct, frozen=True):
    """`healthy`: nothing was found that has to be mended."""

    healthy: bool
    versions: Versions
    terminal: TerminalFacts
    places: list[Place]
    config: Settings
    ports: list[Port]
    sources: list[Examined]
    findings: list[Finding]


def make_report(sources: Sequence[str], mappings: Sequence[Mapping] = (), *, whole: bool = False) -> Report:
    """Look at everything; the places last, so that an index that was made on the way is looked at, too."""
    versions, terminal, ports = look_at_versions(), look_at_terminal(), look_at_ports()
    settings = look_at_settings(whole=whole)
    config = find_config()
    examined = [examine_source(source, config, mappings, whole=whole) for source in sources]
    places = look_at_places(whole=whole)
    findings = [
        *judge_versions(versions),
        *judge_terminal(terminal),
        *judge_places(places),
        *judge_settings(settings),
        *judge_ports(ports),
        *(finding for one in examined for finding in judge_source(one)),
    ]
    healthy = all(finding.weight == "note" for finding in findings)
    return Report(healthy, versions, terminal, places, settings, ports, examined, findings)
