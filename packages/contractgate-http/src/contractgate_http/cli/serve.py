"""`contractgate serve`: a gateway that listens on a port."""

from __future__ import annotations

import argparse
import copy
import ipaddress
import logging
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from contractgate_core.cli.console import complain, flush_standard_output, standard_output
from contractgate_core.report.text import printable
from contractgate_http.cli._key import KEY_VARIABLE, GivenKey, KeyFileError, given_key, header_of
from contractgate_http.cli._stop import Stop

if TYPE_CHECKING:
    from contractgate_http.cli._deployed import Deployed, Given
    from contractgate_http.local import LocalGateway

    SubParsers = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["add"]

_EXAMPLES = f"""\
examples:
  contractgate serve --contract orders.yaml
  contractgate serve --database gate.db --port 8080
  contractgate serve --key-file key.txt
  contractgate serve --no-auth

Every user of the machine can see a key on the command line, in the list of
processes; --key-file and the variable {KEY_VARIABLE} keep it out of
there.

Without keys, the gateway answers only requests whose Host names this machine,
and refuses what web pages of other sites post.

Stop it with Ctrl-C. A --database file keeps everything for the next run, even
if the gateway is killed; only one gateway can have it open.
"""


def add(commands: SubParsers) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "serve",
        help="run a gateway on this machine",
        description="Run a gateway that answers like a ContractGate server, without a server,\n"
        "a container or an account. It prints its base URL and a key.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--database",
        metavar="FILE",
        default=":memory:",
        help="the file that keeps everything (default: memory, until the gateway stops)",
    )
    parser.add_argument(
        "--contract",
        metavar="FILE",
        action="append",
        default=[],
        help="a contract to deploy, or - for standard input; may be repeated",
    )
    _add_listening(parser)
    _add_keys(parser)
    parser.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="write a line for each request to standard error",
    )
    parser.set_defaults(run=_run)


def _add_listening(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="the address (default: %(default)s)")
    parser.add_argument(
        "--port",
        metavar="N",
        type=_port,
        default=3001,
        help="the port; 0 picks a free one (default: %(default)s)",
    )
    parser.add_argument("--no-auth", action="store_true", help="require no key")
    parser.add_argument(
        "--allow-host",
        metavar="HOST",
        action="append",
        type=_host,
        default=[],
        help="with --no-auth: another name or address of the gateway; may be repeated",
    )


def _add_keys(parser: argparse.ArgumentParser) -> None:
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument(
        "--key",
        metavar="K",
        help="a key to accept besides its own; other users of the machine can see it",
    )
    keys.add_argument(
        "--key-file",
        metavar="FILE",
        help=f"a file with a key to accept; without either option, {KEY_VARIABLE} may hold one",
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 2**16):
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, got '{text}'")
    return int(text)


def _host(text: str) -> str:
    from contractgate_http.local.guard import read_host

    try:
        return read_host(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _run(arguments: argparse.Namespace) -> int:
    from contractgate_http.cli._deployed import DeployError, read_files

    try:
        contracts = read_files(arguments.contract)  # before `Stop`, since a pipe may block
    except DeployError as error:
        complain(printable(str(error)))
        return 2
    with Stop() as stop:
        return _open_and_serve(arguments, contracts, stop)


def _open_and_serve(arguments: argparse.Namespace, contracts: Sequence[Given], stop: Stop) -> int:
    try:
        import uvicorn  # noqa: F401 - only to check that it is installed
    except ImportError:
        complain("`serve` needs uvicorn; install it with: pip install uvicorn")
        return 2
    from contractgate_http.local import DatabaseError, LocalGateway

    try:
        key = given_key(arguments.key, arguments.key_file)
        with LocalGateway(arguments.database, auth=not arguments.no_auth) as gateway:
            return _serve(gateway, arguments, key, contracts, stop)
    except (DatabaseError, KeyFileError) as error:
        complain(str(error))
        return 2


def _serve(
    gateway: LocalGateway,
    arguments: argparse.Namespace,
    key: GivenKey,
    contracts: Sequence[Given],
    stop: Stop,
) -> int:
    from contractgate_http.cli._deployed import DeployError, deploy

    try:
        key.add_to(gateway)
    except ValueError as error:
        complain(f"{key.source}: {error}")
        return 2
    try:
        deployed = deploy(gateway, contracts, auth=not arguments.no_auth)
    except DeployError as error:
        complain(printable(str(error)))
        return 2
    try:
        listener = _listen(arguments.host, arguments.port)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "this is not a valid host name"
        complain(f"cannot listen on {arguments.host} port {arguments.port}: {reason}")
        return 2
    with listener:
        _introduce(gateway, listener, arguments, key, deployed)
        application = _application(gateway, arguments)
        _serve_until_stopped(application, listener, stop, is_verbose=arguments.verbose)
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    # If the protocol is named, asyncio sends small answers without delay.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _introduce(
    gateway: LocalGateway,
    listener: socket.socket,
    arguments: argparse.Namespace,
    key: GivenKey,
    deployed: Sequence[Deployed],
) -> None:
    from contractgate_http.cli._deployed import curl_line

    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    base_url = f"http://{shown}:{port}"
    lines = [f"base URL      {base_url}"]
    header = ""
    if arguments.no_auth:
        lines.append(f"organisation  {gateway.org_id}  (as x-org-id, to make contracts)")
        if not ipaddress.ip_address(host).is_loopback:
            complain(
                f"warning: anyone who reaches {shown} can read and write everything without a key"
            )
    else:
        lines.append(f"API key       {key.shown or gateway.api_key}")
        header = key.header or header_of(gateway.api_key)
    for one in deployed:
        name = printable(f"{one.contract.name} {one.contract.version}")
        lines.append(f"contract      {name}  {one.contract_id}")
    lines += [f"try           {curl_line(base_url, one, header)}" for one in deployed]
    output = standard_output()
    output.write("".join(f"{line}\n" for line in lines))
    flush_standard_output()


def _application(gateway: LocalGateway, arguments: argparse.Namespace) -> Any:
    if not arguments.no_auth:
        return gateway.asgi
    from contractgate_http.local.guard import Guard

    return Guard(gateway.asgi, [*arguments.allow_host, *_named(arguments.host)])


def _named(host: str) -> list[str]:
    """Return the host that the gateway listens on, if a `Host` header can name it."""
    from contractgate_http.local.guard import read_host

    try:
        return [read_host(host)]
    except ValueError:  # such as an address with a zone
        return []


def _serve_until_stopped(
    application: Any, listener: socket.socket, stop: Stop, *, is_verbose: bool
) -> None:
    import uvicorn

    config = uvicorn.Config(
        application,
        interface="asgi3",
        lifespan="off",
        log_config=_log_config(),
        log_level="warning",
        access_log=is_verbose,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    if is_verbose:
        logging.getLogger("uvicorn.access").setLevel(logging.INFO)
    stop.run(uvicorn.Server(config), listener)


def _log_config() -> dict[str, Any]:
    """Return uvicorn's own settings, but with all logs on standard error."""
    from uvicorn.config import LOGGING_CONFIG

    config = copy.deepcopy(LOGGING_CONFIG)
    config["handlers"]["access"]["stream"] = "ext://sys.stderr"
    config["formatters"]["access"] |= {
        "fmt": '%(asctime)s  %(client_addr)s  "%(request_line)s" %(status_code)s',
        "use_colors": False,
    }
    return config
