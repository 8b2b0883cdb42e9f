"""The command `tracetui`: which commands there are, and what becomes of every way in which one can end.

A command's module is imported when the command runs or its own help is asked for, so that `tracetui --help` costs no
more than click. A new command is one file here and one row in COMMANDS.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from tracetui import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "open": ("open_:open_", "Look at traces in the terminal."),
    "ls": ("ls:ls", "List traces, a line each."),
    "show": ("show:show", "Print one trace as a tree with its messages."),
    "stats": ("stats:stats", "Add traces up."),
    "diff": ("diff:diff", "Compare two traces step by step."),
    "cost": ("cost:cost", "Say what was spent, on what, and how a cost came about."),
    "prices": ("prices:prices", "Say what a model charges."),
    "check": ("check:check", "Say what got worse; exit 1 where something did."),
    "prompts": ("prompts:prompts", "Say how each version of a prompt does, and compare two."),
    "score": ("score:score", "Rate a trace or a span."),
    "import": ("import_:import_", "Copy traces into a tracetui store."),
    "export": ("export:export", "Write traces as JSONL, OTLP, CSV, Markdown or HTML."),
    "redact": ("redact:redact", "Copy traces without personal data, keys and tokens."),
    "follow": ("follow:follow", "Print spans as they arrive."),
    "sources": ("sources:sources", "List what there is to open, and the formats that are read."),
    "listen": ("listen:listen_", "Collect what SDKs send into a tracetui store."),
    "proxy": ("proxy:proxy", "Pass model calls on, and record them."),
    "connect": ("connect:connect", "Print what to set so that an SDK sends here."),
    "prune": ("prune:prune", "Take old traces, or all but a sample, out of a tracetui store."),
    "info": ("info:info", "Say what a source is and what was odd in it."),
    "doctor": ("doctor:doctor", "Check this machine, our files and the health of sources."),
    "config": ("config:config", "Print the configuration, and the default keys."),
}
"""Name → module and function in this folder, and the line in `--help`."""


class Commands(click.Group):
    """The group of all commands; it imports none before it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name][0].split(":")
        command = getattr(importlib.import_module(f"tracetui.cli.{module}"), function)
        assert isinstance(command, click.Command)
        return command

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the command line, which prints the help where it was asked for."""
        with _ended_by_us():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _ended_by_us():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with a hint where the first word is no command."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(_no_such_command(args[0]))
        return super().resolve_command(ctx, args)


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="SOURCE is a file, a directory or - for standard input. Filters (-q) are explained in docs/filter.md.",
)
@click.version_option(__version__, message="tracetui %(version)s")
@click.option("--debug", is_flag=True, help="Show where an error happened.")
def tracetui(debug: bool) -> None:
    """Look at LLM traces where they lie: prompts, responses, tool calls and what they cost."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave the process with its exit code: 0 done, 1 a check failed, 2 wrong use."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    is_debug = "--debug" in given
    _open_closed_streams()
    sys.exit(_run([word for word in given if word != "--debug"], is_debug))


def _open_closed_streams() -> None:
    """Give what was started without stdout or stderr (`>&-`) one that drops everything; Python has None there."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  as long as the process


@contextmanager
def _ended_by_us() -> Iterator[None]:
    """End a closed pipe and an interrupt with our exit codes: click has its own for them."""
    try:
        yield
    except (BrokenPipeError, KeyboardInterrupt) as error:
        from tracetui.cli.narrate import narrate_end

        raise click.exceptions.Exit(narrate_end(error)) from None


def _run(arguments: list[str], is_debug: bool) -> int:
    try:
        code = tracetui.main(arguments, prog_name="tracetui", standalone_mode=False)
        sys.stdout.flush()  # here, where a full disk still becomes a sentence; the interpreter would end with 120
        return code if isinstance(code, int) else 0
    except BaseException as error:  # noqa: BLE001  every end becomes a sentence and an exit code, in narrate_end
        from tracetui.cli.narrate import narrate_end

        if is_debug and isinstance(error, Exception) and not isinstance(error, BrokenPipeError):
            import traceback

            traceback.print_exception(error)
        return narrate_end(error)


def _no_such_command(word: str) -> str:
    import difflib
    from pathlib import Path

    near = difflib.get_close_matches(word, COMMANDS, n=1)
    if near:
        return f'there is no command "{word}"; did you mean {near[0]}?'
    if Path(word).exists():
        return f'there is no command "{word}"; to look at that file: tracetui open {word}'
    return f'there is no command "{word}"; `tracetui --help` lists them'
