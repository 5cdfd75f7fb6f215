"""The arguments of the command line: our commands, and those that other packages add."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, NoReturn, Optional

from contractgate_core._version import __version__
from contractgate_core.cli import test, validate
from contractgate_core.cli.console import complain, standard_output

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from _typeshed import SupportsWrite

    SubParsers = argparse._SubParsersAction[Any]

__all__ = ["COMMANDS_GROUP", "parse"]

COMMANDS_GROUP = "contractgate.commands"
"""The entry points by which other packages add commands.

Each is a function that is called with the sub-parsers, adds its own, and sets the default `run` to
a function from the parsed arguments to the exit code.
"""

_COMMANDS = {"validate": validate.add, "test": test.add}
_COMMANDS_OF_HTTP = ("demo", "ingest", "serve")
"""Only used to say where they are; contractgate-http adds them itself."""
_ANY_WIDTH = 80

_EXAMPLES = """\
examples:
  contractgate validate contracts/
  contractgate test --contract orders.yaml --data orders.ndjson
  contractgate test --contract orders.yaml --data 'orders/*.ndjson' --min-events 1
  zcat orders.gz | contractgate test --contract orders.yaml --data - --format json

exit codes:
  0  everything passed           130  interrupted
  1  something did not           141  the reader of the output went away
  2  something could not be loaded or written, or the command line is wrong
"""


class _Once(argparse.Action):
    """Stores the value of an option, and refuses a second value.

    argparse itself would silently drop the first one.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: Optional[str] = None,
    ) -> None:
        given: set[str] = vars(namespace).setdefault("given", set())
        if option_string is not None and self.dest in given:
            parser.error(f"{'/'.join(self.option_strings)} is given twice; expected it once")
        given.add(self.dest)
        setattr(namespace, self.dest, self.const if self.nargs == 0 else values)


class _OnceTrue(_Once):
    """Does the same for an option without a value."""

    def __init__(self, option_strings: Sequence[str], dest: str, **settings: Any) -> None:
        settings = {"default": False, **settings}
        super().__init__(option_strings, dest, nargs=0, const=True, **settings)


class _Parser(argparse.ArgumentParser):
    """Measures the terminal only for help, and reports if help cannot be written.

    argparse itself ignores such a failure, and lays out help for every argument that is added, only
    to test it; measuring loads all compression modules. An option that is given twice is refused,
    unless its action collects values.
    """

    def __init__(
        self,
        *,
        formatter_class: type[argparse.HelpFormatter] = argparse.HelpFormatter,
        **settings: Any,
    ) -> None:
        super().__init__(formatter_class=partial(formatter_class, width=_ANY_WIDTH), **settings)
        self._measured_formatter = formatter_class
        self.register("action", None, _Once)
        self.register("action", "store", _Once)
        self.register("action", "store_true", _OnceTrue)

    def format_usage(self) -> str:
        self.formatter_class = self._measured_formatter
        return super().format_usage()

    def format_help(self) -> str:
        self.formatter_class = self._measured_formatter
        return super().format_help()

    def _print_message(self, message: str, file: Optional[SupportsWrite[str]] = None) -> None:
        if file is sys.stdout:
            standard_output().write(message)
        else:
            super()._print_message(message, file)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments; call `run` of the result with it.

    Raises:
        SystemExit: There is nothing to run: help was printed, or a mistake was reported.
    """
    parser = _Parser(
        prog="contractgate",
        description="Check events against ContractGate contracts: locally, with the gateway's\n"
        "own verdict.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("-V", "--version", action="version", version=f"contractgate {__version__}")
    commands: SubParsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    asked_for = _COMMANDS.get(arguments[0]) if arguments else None
    for add in _COMMANDS.values() if asked_for is None else (asked_for,):
        add(commands)
    if not arguments:
        parser.print_help(sys.stderr)
        raise SystemExit(2)
    # Looking for further commands takes longer than the whole rest of the start.
    is_misplaced = _is_option(arguments[0]) and arguments[0] not in parser._option_string_actions
    if arguments[0] in ("-h", "--help") or is_misplaced or _is_unknown(arguments[0], commands):
        _add_further(commands)
    if is_misplaced:
        _refuse_first(parser, arguments, commands)
    if _is_unknown(arguments[0], commands):
        parser.error(_unknown(arguments[0], list(commands.choices)))
    # Reported by the command's parser, since its usage helps; argparse itself would show the usage
    # of the whole program. And reported first: a misspelt option may be why a required one is
    # missing.
    command = commands.choices.get(arguments[0], parser)
    misspelt = _unknown_options(command, arguments[1:])
    if misspelt:
        _refuse_unknown(command, misspelt)
    parsed, unknown = parser.parse_known_args(arguments)
    if unknown:
        _refuse_unknown(command, unknown)
    return parsed


def _unknown_options(parser: argparse.ArgumentParser, words: Sequence[str]) -> list[str]:
    """Find the long options that a command does not have; words after `--` are no options."""
    end = words.index("--") if "--" in words else len(words)
    known = parser._option_string_actions
    return [
        word
        for word in words[:end]
        if word.startswith("--") and " " not in word and word.partition("=")[0] not in known
    ]


def _refuse_first(
    parser: argparse.ArgumentParser, arguments: Sequence[str], commands: SubParsers
) -> NoReturn:
    """Refuse an option that stands where the command should."""
    option = arguments[0].partition("=")[0]
    name = next((word for word in arguments if word in commands.choices), None)
    if name is None:
        there = ", ".join(commands.choices)
        parser.error(f"expected a command before {option}; there are {there}")
    command: argparse.ArgumentParser = commands.choices[name]
    if option not in command._option_string_actions:
        _refuse_unknown(command, [arguments[0]])
    command.error(f"{option} belongs behind the command: contractgate {name} {option}")


def _refuse_unknown(parser: argparse.ArgumentParser, words: Sequence[str]) -> NoReturn:
    import difflib  # only for a refusal

    option = next((word for word in words if word.startswith("-")), "").partition("=")[0]
    known = [name for name in parser._option_string_actions if name.startswith("--")]
    longer = [name for name in known if len(option) > len("--") and name.startswith(option)]
    close = longer or difflib.get_close_matches(option, known, n=1, cutoff=0.7)
    hint = f"; did you mean {close[0]}?" if close else ""
    parser.error(f"unrecognized arguments: {' '.join(words)}{hint}")


def _is_unknown(word: str, commands: SubParsers) -> bool:
    return not _is_option(word) and word not in commands.choices


def _is_option(word: str) -> bool:
    return word.startswith("-") and word not in ("-", "--")


def _unknown(word: str, commands: list[str]) -> str:
    import difflib  # only for a refusal

    if word in _COMMANDS_OF_HTTP:
        return f"'{word}' comes with contractgate-http, which is not installed"
    close = difflib.get_close_matches(word, [*commands, *_COMMANDS_OF_HTTP], n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(commands)}"
    if close and close[0] not in commands:
        hint += " That comes with contractgate-http, which is not installed"
    return f"no command '{word}'; {hint}"


def _add_further(commands: SubParsers) -> None:
    for entry in _entry_points():
        try:
            add: Callable[[SubParsers], None] = entry.load()
            add(commands)
        except Exception as error:  # a broken package must not break the commands of this one
            reason = f"{type(error).__name__}: {error}"
            complain(f"the command '{entry.name}' of {entry.value} cannot be loaded: {reason}")


def _entry_points() -> list[EntryPoint]:
    import importlib.metadata

    # Before Python 3.10, entry points cannot be selected by group, and some are listed twice.
    found: Iterable[EntryPoint]
    if sys.version_info >= (3, 10):
        found = importlib.metadata.entry_points(group=COMMANDS_GROUP)
    else:
        found = importlib.metadata.entry_points().get(COMMANDS_GROUP, ())
    return sorted(set(found), key=lambda entry: (entry.name, entry.value))
