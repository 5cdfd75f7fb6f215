"""Deploys the contracts given to `contractgate serve`, before its gateway listens."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from contractgate_core.cli.console import standard_input
from contractgate_core.errors import (
    ConflictError,
    ContractCompileError,
    ContractGateError,
    HTTPError,
)
from contractgate_core.models import VersionState
from contractgate_core.report.problems import (
    STANDARD_INPUT,
    Problem,
    file_name,
    input_name,
    problem_of,
)
from contractgate_http._contract_name import id_to_deploy

if TYPE_CHECKING:
    from contractgate_core import Contract
    from contractgate_http.client import Client
    from contractgate_http.local import LocalGateway

__all__ = ["DeployError", "Deployed", "Given", "curl_line", "deploy", "read_files"]

_LONGEST_EXAMPLE = 2000


class DeployError(ContractGateError):
    """A contract cannot be deployed to the gateway; the message names its file."""


class Given(NamedTuple):
    """A contract to deploy.

    Attributes:
        file: The name of its file, for people to read.
        contract: The contract.
        text: Its YAML, as in the file.
    """

    file: str
    contract: Contract
    text: str


class Deployed(NamedTuple):
    """A contract that has been deployed.

    Attributes:
        contract: The contract.
        contract_id: Its id.
    """

    contract: Contract
    contract_id: str


def read_files(files: Sequence[str]) -> list[Given]:
    """Read contracts.

    Args:
        files: Their files, or `-` for standard input.

    Raises:
        DeployError: A file cannot be read, is not a contract, or two contracts have the same name.
    """
    read = [_read(file) for file in files]
    names = [one.contract.name for one in read]
    for one in read:
        if names.count(one.contract.name) > 1:
            raise DeployError(f"{one.file}: another --contract is also named '{one.contract.name}'")
    return read


def _read(file: str) -> Given:
    from contractgate_core.contract.load import load_text
    from contractgate_core.contract.model import with_verbs
    from contractgate_core.contract.source import MOST_BYTES

    name = input_name(file)
    try:
        if file == STANDARD_INPUT:
            data = standard_input().read(MOST_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                data = opened.read(MOST_BYTES + 1)
        contract = with_verbs(load_text(data, name))
        contract.compile()
    except (ContractCompileError, OSError) as error:
        raise DeployError(str(problem_of(error, name))) from None
    except ValueError:
        raise DeployError(str(Problem("this is not a valid file name", file_name(name)))) from None
    return Given(file_name(name), contract, data.decode("utf-8"))


def deploy(gateway: LocalGateway, given: Sequence[Given], *, auth: bool) -> list[Deployed]:
    """Deploy contracts, except those whose text is in use already.

    Args:
        gateway: The gateway.
        given: The contracts.
        auth: Whether the gateway requires keys.

    Raises:
        DeployError: The gateway refuses a contract, or has several of the same name.
    """
    if not given:
        return []
    from contractgate_http.client import Client

    deployed = []
    headers = None if auth else {"x-org-id": gateway.org_id}
    with Client(
        gateway.url, api_key=gateway.api_key, transport=gateway.transport, headers=headers
    ) as client:
        for one in given:
            try:
                contract_id = _deploy(client, one.contract, one.text)
            except ConflictError:
                contract = one.contract
                raise DeployError(
                    f"{one.file}: the gateway has a version {contract.version} of "
                    f"'{contract.name}' that has other text or is out of use; "
                    "give this one a new version"
                ) from None
            except HTTPError as error:
                raise DeployError(f"{one.file}: {error.message}") from None
            except ContractGateError as error:
                raise DeployError(f"{one.file}: {error}") from None
            deployed.append(Deployed(one.contract, contract_id))
    return deployed


def _deploy(client: Client, contract: Contract, text: str) -> str:
    contract_id = id_to_deploy(client.list_contracts(), contract.name)
    if contract_id is None:
        return client.deploy(contract.name, text).contract_id
    stable = [
        one.version for one in client.list_versions(contract_id) if one.state == VersionState.STABLE
    ]
    texts = [client.get_version(contract_id, one).yaml_content for one in stable]
    if texts == [text]:
        return contract_id
    # `deploy` would be refused while events are waiting in quarantine, as they may be here.
    client.create_version(contract_id, contract.version, text)
    client.promote_version(contract_id, contract.version)
    for version in stable:
        client.deprecate_version(contract_id, version)
    return contract_id


def _example_of(contract: Contract) -> str:
    """Write an example event as JSON, one that the contract accepts if that is possible."""
    from contractgate_core.cli.sample import sample_event
    from contractgate_core.events.encode import encode_event

    try:
        text = encode_event(sample_event(contract)).decode()
    except ContractGateError:  # such as an infinite minimum
        return "{}"
    can_be_shown = text.isprintable() and len(text) <= _LONGEST_EXAMPLE
    return text if can_be_shown else "{}"


def curl_line(base_url: str, deployed: Deployed, header: str) -> str:
    """Write a command that sends an event.

    Args:
        base_url: Where the gateway is.
        deployed: The contract.
        header: The header with the key, as a shell argument; empty if no key is required.
    """
    from contractgate_http.endpoints.events import ingest

    event = shlex.quote(f"[{_example_of(deployed.contract)}]")
    url = base_url + ingest(deployed.contract_id, {}).path
    key = f" -H {header}" if header else ""
    return f"curl {url}{key} -H 'content-type: application/json' -d {event}"
