"""`contractgate serve`: a gateway behind a port."""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import signal
import socket
from typing import TYPE_CHECKING, Any, NoReturn

from contractgate_core.cli.console import complain, flush_standard_output, standard_output

if TYPE_CHECKING:
    from contractgate_http.local import LocalGateway

    SubParsers = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["add"]

_EXAMPLES = """\
examples:
  contractgate serve
  contractgate serve --database gate.db --port 8080
  contractgate serve --no-auth

It is stopped with Ctrl-C. What is in a file is there again when the file is
opened again, even if the gateway was killed; only one gateway can have it open.
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
        help="where everything is kept (default: in memory, until it is stopped)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address (default: %(default)s)")
    parser.add_argument(
        "--port",
        metavar="N",
        type=_port,
        default=3001,
        help="the port; 0 takes any that is free (default: %(default)s)",
    )
    parser.add_argument("--no-auth", action="store_true", help="ask nobody for a key")
    parser.add_argument("--key", metavar="K", help="a key that is to be known, besides its own")
    parser.set_defaults(run=_run)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 2**16):
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, got '{text}'")
    return int(text)


def _run(arguments: argparse.Namespace) -> int:
    try:
        import uvicorn  # noqa: F401 - only whether it is there
    except ImportError:
        complain("`serve` needs uvicorn; install it with: pip install 'contractgate-http[serve]'")
        return 2
    from contractgate_http.local import DatabaseError, LocalGateway

    try:
        with LocalGateway(arguments.database, auth=not arguments.no_auth) as gateway:
            return _serve(gateway, arguments)
    except DatabaseError as error:
        complain(str(error))
        return 2


def _serve(gateway: LocalGateway, arguments: argparse.Namespace) -> int:
    try:
        if arguments.key is not None and not gateway.has_key(arguments.key):
            gateway.add_key(arguments.key)
        listener = _listen(arguments.host, arguments.port)
    except (OSError, ValueError) as error:
        complain(_reason(error, arguments))
        return 2
    with listener:
        _introduce(gateway, listener, arguments)
        with contextlib.suppress(KeyboardInterrupt):  # which is how it is stopped
            _serve_until_stopped(gateway, listener)
    return 0


def _reason(error: Exception, arguments: argparse.Namespace) -> str:
    if isinstance(error, OSError):
        return f"cannot listen on {arguments.host} port {arguments.port}: {error.strerror}"
    return f"--key: {error}"


def _listen(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    # With the protocol named, asyncio sends small answers without delay.
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
    gateway: LocalGateway, listener: socket.socket, arguments: argparse.Namespace
) -> None:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    lines = [f"base URL      http://{shown}:{port}"]
    if arguments.no_auth:
        lines.append(f"organisation  {gateway.org_id}  (as x-org-id, to make contracts)")
        if not ipaddress.ip_address(host).is_loopback:
            complain(f"warning: whoever reaches {shown} can read and write everything; no key")
    else:
        lines.append(f"API key       {arguments.key or gateway.api_key}")
    output = standard_output()
    output.write("".join(f"{line}\n" for line in lines))
    flush_standard_output()


def _serve_until_stopped(gateway: LocalGateway, listener: socket.socket) -> None:
    import uvicorn

    # A server that is asked to end hands the signal on once it has; the gateway is to be closed.
    signal.signal(signal.SIGTERM, _end)
    config = uvicorn.Config(
        gateway.asgi,
        interface="asgi3",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run([listener])


def _end(number: int, frame: Any) -> NoReturn:
    raise SystemExit(0)
