"""`contractgate validate`: are these files contracts?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from contractgate_core.cli.console import complain, read_contract, refuse, standard_output
from contractgate_core.cli.options import add_format, add_quiet

if TYPE_CHECKING:
    from contractgate_core.cli.console import Output
    from contractgate_core.report.contracts import CheckedFile

    SubParsers = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["add"]

_EXAMPLES = """\
examples:
  contractgate validate contracts/orders.yaml
  contractgate validate --strict contracts/
  contractgate validate 'contracts/**/*.yaml'
  contractgate validate --format json contracts/*.yaml
"""


def add(commands: SubParsers) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "validate",
        help="check that files are contracts",
        description="Check that files are contracts that the gateway would accept: they are\n"
        "parsed and compiled, patterns too.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="a contract in YAML or JSON, - for standard input, a folder for all .yaml and .yml "
        "files in it at any depth, or a pattern such as 'contracts/**/*.yaml'",
    )
    add_format(parser)
    parser.add_argument(
        "--fail-fast", action="store_true", help="stop at the first file that is no contract"
    )
    add_quiet(parser, "write nothing about files that are contracts, but for what is doubtful")
    parser.add_argument(
        "--strict",
        action="store_true",
        help="refuse keys that mean nothing, and rules that cannot be meant, such as `min` above "
        "`max`; the gateway accepts both",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from contractgate_core.cli.inputs import contract_names
    from contractgate_core.report.problems import Problem

    try:
        names = contract_names(arguments.files)
    except OSError as error:
        return refuse(Problem(str(error)), _output(arguments), as_json=arguments.format == "json")
    checked: list[CheckedFile] = []
    for file in names:
        try:
            checked.append(_check(file, is_strict=arguments.strict))
        except KeyboardInterrupt:
            _report([*checked, _interrupted(file)], arguments)
            raise
        if arguments.fail_fast and checked[-1].exit_code:
            break
    _report(checked, arguments)
    return max(file.exit_code for file in checked)


def _check(file: str, *, is_strict: bool) -> CheckedFile:
    from contractgate_core.errors import ContractCompileError
    from contractgate_core.report.contracts import CheckedFile, remarks
    from contractgate_core.report.problems import file_name, input_name, problem_of

    name = file_name(input_name(file))
    try:
        contract = read_contract(file)
        contract.compile()
    except ContractCompileError as error:
        return CheckedFile(file=name, error=problem_of(error, name))
    except OSError as error:
        problem = problem_of(error, name)
        complain(str(problem))
        return CheckedFile(file=name, error=problem, is_readable=False)
    found = remarks(name, contract)
    if is_strict and found:
        return CheckedFile(file=name, contract=contract, error=found[0], further=found[1:])
    for remark in found:
        complain(str(remark))
    return CheckedFile(file=name, contract=contract)


def _interrupted(file: str) -> CheckedFile:
    from contractgate_core.report.contracts import CheckedFile
    from contractgate_core.report.problems import Problem, file_name, input_name

    name = file_name(input_name(file))
    return CheckedFile(file=name, error=Problem("interrupted", name), is_readable=False)


def _report(checked: list[CheckedFile], arguments: argparse.Namespace) -> None:
    from contractgate_core.report import contracts

    output = _output(arguments)
    if arguments.format == "json":
        output.write(contracts.as_document(checked))
    else:
        output.write(contracts.as_text(checked, output.paint, quiet=arguments.quiet))


def _output(arguments: argparse.Namespace) -> Output:
    encoding = "utf-8" if arguments.format == "json" else None
    return standard_output(encoding=encoding, color=arguments.color)
