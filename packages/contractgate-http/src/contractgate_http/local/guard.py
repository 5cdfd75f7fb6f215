"""Lets a gateway without keys refuse requests that come from web pages.

A page that someone visits may send requests to programs on their machine. A key makes these
harmless. Without one, two signs tell such requests from those of programs:

- A page whose host name was made to resolve to this machine (DNS rebinding) can read the answers
  too, but its requests carry that name as their `Host`.
- A page can post to any address without asking first, if the content type is that of a form, or
  missing; it cannot read the answer. All current browsers mark such requests: with
  `Sec-Fetch-Site`, which no page can set, if the address is on this machine or uses https, and
  with `Origin` otherwise. Content types tell nothing: `curl --data` sends that of a form.

Other programs send neither header. The rule for both is that of Go's
`net/http.CrossOriginProtection`.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Collection, MutableMapping
from typing import Any, Callable, Optional
from urllib.parse import urlsplit

from contractgate_http.local.message import Response
from contractgate_http.local.refusals import refuse

__all__ = ["Guard", "read_host"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS = frozenset({"same-origin", "none"})


def read_host(text: str) -> str:
    """Read a host name or address, as in a `Host` header but without a port.

    >>> read_host("GW.example.com."), read_host("[::1]")
    ('gw.example.com', '::1')

    Raises:
        ValueError: It is not a host name or address.
    """
    is_bracketed = text.startswith("[") and text.endswith("]")
    try:
        return str(ipaddress.ip_address(text[1:-1] if is_bracketed else text))
    except ValueError:
        pass
    name = (text[:-1] if text.endswith(".") else text).lower()
    if not all(map(_is_label, name.split("."))):
        raise ValueError(f"expected the name or address of a host without a port, got '{text}'")
    return name


def _is_label(label: str) -> bool:
    plain = label.replace("-", "").replace("_", "")
    return label.isascii() and plain.isalnum() and len(label) < 64


def _split(authority: str) -> tuple[str, str]:
    """Split the value of a `Host` header into host and port; either may be empty."""
    host, colon, port = authority.rpartition(":")
    if not colon or "]" in port:
        return authority, ""
    return host, port


class Guard:
    """Wraps an application, and refuses requests of other sites' pages or for foreign host names.

    Args:
        application: The application to guard.
        hosts: Further names and addresses of the application.
    """

    def __init__(self, application: Application, hosts: Collection[str] = ()) -> None:
        self._application = application
        self._hosts = {read_host(host) for host in hosts}
        self._hosts |= {"localhost", socket.gethostname().lower()}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._application(scope, receive, send)
            return
        headers = [(name.encode(), value.encode()) for name, value in refusal.wire_headers()]
        start = {"type": "http.response.start", "status": refusal.status, "headers": headers}
        await send({**start})
        await send({"type": "http.response.body", "body": refusal.body})

    def _refusal(self, scope: Message) -> Optional[Response]:
        headers: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value.decode("latin-1").strip())
        hosts = headers.get(b"host", [])
        if len(hosts) != 1 or not self._names_us(hosts[0], scope):
            return refuse(
                403, "this gateway answers only to names of its machine (see --allow-host)"
            ).response
        origins, sites = headers.get(b"origin", []), headers.get(b"sec-fetch-site", [])
        if scope["method"] not in _SAFE_METHODS and not _is_ours(hosts[0], origins, sites):
            return refuse(403, "this gateway accepts nothing from pages of other sites").response
        return None

    def _names_us(self, authority: str, scope: Message) -> bool:
        try:
            host = read_host(_split(authority)[0])
        except ValueError:
            return False
        if host in self._hosts or host.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return address.is_loopback or _unmapped(address) == _reached(scope)


def _unmapped(address: Any) -> Any:
    """Return the IPv4 address that an IPv6 address stands for, if it does."""
    return getattr(address, "ipv4_mapped", None) or address


def _reached(scope: Message) -> Any:
    """Return the address of this machine that the request came to, if the server says so."""
    try:
        return _unmapped(ipaddress.ip_address(scope["server"][0].partition("%")[0]))
    except (KeyError, TypeError, ValueError):
        return None


def _is_ours(host: str, origins: list[str], sites: list[str]) -> bool:
    """Return whether no page of another site sent a request that may change something."""
    if sites:
        return all(site in _OURS for site in sites)
    return all(_has_origin(origin, host) for origin in origins)


def _has_origin(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    default = {"http": ":80", "https": ":443"}.get(parts.scheme)
    if default is None or not parts.netloc:
        return False
    return _with_port(parts.netloc, default) == _with_port(host, default)


def _with_port(authority: str, default: str) -> str:
    host, port = _split(authority.lower())
    return f"{host}:{port}" if port else f"{host}{default}"
