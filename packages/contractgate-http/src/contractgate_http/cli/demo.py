"""`contractgate demo`: a contract at work, in a gateway inside this process."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING, Any

from contractgate_core.cli.console import OutputError, complain, standard_output
from contractgate_http.cli._ending import exit_code

if TYPE_CHECKING:
    from contractgate_core.cli.console import Output

    SubParsers = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["CONTRACT", "EVENTS", "FIXED", "add"]

CONTRACT = """\
version: "1.0"
name: orders
ontology:
  entities:
    - {name: order_id, type: string, pattern: "^ord_[0-9]+$"}
    - {name: amount, type: float, min: 0}
    - {name: country, type: string, enum: [DE, FR]}
    - {name: email, type: string, transform: {kind: mask}}
"""

FIXED = CONTRACT.replace('"1.0"', '"1.1"').replace("[DE, FR]", "[DE, FR, CH]")

EVENTS = [
    {"order_id": "ord_1", "amount": 19.9, "country": "DE", "email": "ada@example.com"},
    {"order_id": "ord_2", "amount": 5.0, "country": "CH", "email": "bob@example.com"},
    {"order_id": "ord_3", "amount": -1.0, "country": "FR", "email": "cyd@example.com"},
]

_WIDTH = 76


def add(commands: SubParsers) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "demo",
        help="see a contract at work, without a server",
        description="Deploy a contract to a gateway inside this process, send events through it, "
        "fix the contract, and replay an event that failed. Each step shows the line of Python "
        "that does it.",
        allow_abbrev=False,
    )
    parser.set_defaults(run=_run)


def _run(_: argparse.Namespace) -> int:
    from contractgate_core.errors import ContractGateError
    from contractgate_http.client import Client

    screen = _Screen(standard_output())
    try:
        with Client(base_url="local:") as client:
            screen.say("A gateway runs inside this process now: no server, no account.")
            screen.python('cg = Client(base_url="local:")')
            _Demo(client, screen).run()
    except OutputError:
        raise
    except ContractGateError as error:
        complain(f"the demo stopped: {error}")
        return exit_code(error)
    screen.say("Your own gateway takes the same calls:")
    screen.python('cg = Client(base_url="https://gw.example.com", api_key="cg_live_...")')
    return 0


class _Screen:
    """Writes for a terminal of 80 columns, and for a pipe."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._paint = output.paint

    def say(self, text: str) -> None:
        """Write a paragraph."""
        self._output.write("\n" + textwrap.fill(text, _WIDTH) + "\n")

    def python(self, *lines: str) -> None:
        """Write lines of Python."""
        for line in lines:
            self._output.write(self._paint("rule", f"  >>> {line}") + "\n")

    def show(self, style: str, word: str, text: str) -> None:
        """Write one outcome."""
        rest = textwrap.fill(text, _WIDTH, initial_indent=" " * 15, subsequent_indent=" " * 15)
        self._output.write(f"  {self._paint(style, f'{word:<13}')}{rest[15:]}\n")

    def document(self, text: str) -> None:
        """Write a text as it is."""
        self._output.write(self._paint("dim", textwrap.indent(text, "  | ")))


class _Demo:
    """The steps, in order."""

    def __init__(self, client: Any, screen: _Screen) -> None:
        self._client = client
        self._screen = screen

    def run(self) -> None:
        """Run all steps."""
        contract_id = self._deploy()
        result = self._ingest(contract_id)
        held = self._hold(contract_id, result)
        self._fix(contract_id)
        self._replay(contract_id, held)
        self._count(contract_id)

    def _deploy(self) -> str:
        self._screen.say("1. A contract says what an event must be. It is deployed:")
        self._screen.document(CONTRACT)
        self._screen.python('orders = cg.deploy("orders", CONTRACT).contract_id')
        deployed = self._client.deploy("orders", CONTRACT)
        self._screen.show("good", "deployed", f"orders, version {deployed.version}")
        contract_id: str = deployed.contract_id
        return contract_id

    def _ingest(self, contract_id: str) -> Any:
        self._screen.say("2. Three events are sent. What breaks a rule goes into quarantine:")
        self._screen.python("result = cg.ingest(orders, EVENTS)")
        result = self._client.ingest(contract_id, EVENTS)
        for event, outcome in zip(EVENTS, result.results):
            word = "passed" if outcome.passed else "quarantined"
            reasons = "; ".join(one.message for one in outcome.violations)
            told = f"{event['order_id']}{': ' if reasons else ''}{reasons}"
            self._screen.show("good" if outcome.passed else "bad", word, told)
        self._screen.say("3. Personal data is transformed before it is stored or sent on:")
        self._screen.python('result.results[0].transformed_event["email"]')
        masked = result.results[0].transformed_event["email"]
        self._screen.show("place", "stored as", f"{masked!r}")
        return result

    def _hold(self, contract_id: str, result: Any) -> list[str]:
        self._screen.say("4. Quarantined events wait, with the reasons:")
        self._screen.python(
            "held = [r.quarantine_id for r in result.results if not r.passed]",
            "cg.wait_until_quarantined(orders, held)",
        )
        held = [one.quarantine_id for one in result.results if not one.passed]
        self._client.wait_until_quarantined(contract_id, held)
        rows = list(self._client.iter_quarantine(contract_id))
        self._screen.show("place", "waiting", f"{len(rows)} events")
        return held

    def _fix(self, contract_id: str) -> None:
        self._screen.say("5. Orders from CH are fine after all. The contract is fixed:")
        self._screen.python(
            'cg.create_version(orders, "1.1", FIXED)',
            'cg.promote_version(orders, "1.1")',
        )
        self._client.create_version(contract_id, "1.1", FIXED)
        promoted = self._client.promote_version(contract_id, "1.1")
        self._screen.show("good", str(promoted.state), f"orders, version {promoted.version}")

    def _replay(self, contract_id: str, held: list[str]) -> None:
        self._screen.say("6. The quarantined events are judged again, by the new version:")
        self._screen.python("replay = cg.replay(orders, held)")
        replay = self._client.replay(contract_id, held)
        names = {one.quarantine_id: event for one, event in zip(replay.results, EVENTS[1:])}
        for one in replay.results:
            passed = one.outcome == "replayed"
            reasons = "; ".join(violation.message for violation in one.violations)
            told = f"{names[one.quarantine_id]['order_id']}{': ' if reasons else ''}{reasons}"
            self._screen.show("good" if passed else "bad", "passed" if passed else "failed", told)

    def _count(self, contract_id: str) -> None:
        self._screen.say("7. The gateway has counted:")
        self._screen.python("cg.get_contract_stats(orders)")
        stats = self._client.get_contract_stats(contract_id)
        told = f"{stats.passed_events} of {stats.total_events} judgements"
        self._screen.show("place", "passed", told)
