"""What the environment says about connections: proxies, and whose certificates to trust.

httpx would read the same variables, but its errors do not name the one that is wrong. The rules are
httpx's: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in lower case too, or the system's
settings; `SSL_CERT_FILE` before `SSL_CERT_DIR`.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Optional, Union

import httpx

__all__ = [
    "Proxy",
    "ProxyUrl",
    "Verify",
    "as_proxy",
    "environment_proxies",
    "shown_proxy",
    "trust_of",
]

_SCHEMES = ("http", "https", "socks5", "socks5h")
_LONGEST_VALUE = 200
_KEY_LOG = "SSLKEYLOGFILE"

Verify = Union[bool, str, os.PathLike[str], ssl.SSLContext, None]
"""How a user may say whose certificates to trust."""

ProxyUrl = Union[str, httpx.URL, httpx.Proxy]
"""How a user may name a proxy."""


class Proxy(NamedTuple):
    """A proxy, and where its setting comes from.

    Attributes:
        proxy: The proxy.
        source: The setting and its value, as they may be shown.
    """

    proxy: httpx.Proxy
    source: str


def environment_proxies() -> dict[str, Optional[Proxy]]:
    """Return the environment's proxies by httpx's URL patterns; None means no proxy.

    Raises:
        ValueError: A variable's value is not a valid proxy.
    """
    found = urllib.request.getproxies()
    excepted = dict.fromkeys(_exceptions(found.get("no", "")))
    if "*" in excepted:
        return {}
    proxies: dict[str, Optional[Proxy]] = {}
    for scheme in ("http", "https", "all"):
        url = found.get(scheme)
        if url:
            name = f"{_variable(f'{scheme}_proxy')}={_shown(url)}"
            proxies[f"{scheme}://"] = as_proxy(url if "://" in url else f"http://{url}", name)
    return {**proxies, **dict.fromkeys(map(_pattern, excepted))}


def _exceptions(text: str) -> Iterator[str]:
    return (one.strip() for one in text.split(",") if one.strip())


def _pattern(host: str) -> str:
    """Write an entry of `NO_PROXY` as a pattern."""
    if "://" in host:
        pattern = host
    elif _is_address(host.partition("/")[0], ipaddress.IPv4Address) or host.lower() == "localhost":
        pattern = f"all://{host}"
    elif _is_address(host, ipaddress.IPv6Address):
        pattern = f"all://[{host}]"
    else:
        pattern = f"all://*{host}"
    try:
        httpx.URL(pattern)
    except (httpx.InvalidURL, ValueError):
        name = _variable("no_proxy")
        value = ",".join(map(_shown, os.environ.get(name, "").split(",")))[:_LONGEST_VALUE]
        raise ValueError(
            f"{name}={value}: expected host names and addresses, got {_shown(host)!r}"
            f"{' (ranges of IPv6 addresses are not supported)' if '/' in host else ''}"
        ) from None
    return pattern


def _is_address(text: str, kind: Any) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


def _variable(name: str) -> str:
    """Return the name of a variable as it is set; if it is not, name the system's setting."""
    spellings = (one for one in (name, name.upper()) if one in os.environ)
    return next(spellings, f"the system's setting {name}")


def as_proxy(url: ProxyUrl, source: str) -> Proxy:
    """Make a proxy from its URL.

    Args:
        url: The URL, or an `httpx.Proxy`.
        source: The setting and its value, as they may be shown.

    Raises:
        ValueError: The URL is not that of a proxy, or needs a package that is not installed.
    """
    try:
        proxy = url if isinstance(url, httpx.Proxy) else httpx.Proxy(url)
    except (httpx.InvalidURL, ValueError):
        proxy = None
    port = None if proxy is None else proxy.url.port
    if proxy is None or not proxy.url.host or not (port is None or 0 < port < 65536):
        raise ValueError(
            f"{source}: expected the URL of a proxy, beginning with "
            f"{', '.join(f'{one}://' for one in _SCHEMES[:-1])} or {_SCHEMES[-1]}://"
        )
    if proxy.url.scheme.startswith("socks") and not _knows_socks():
        raise ValueError(
            f"{source}: SOCKS proxies need the package socksio, which is not installed "
            "(pip install 'httpx[socks]')"
        )
    return Proxy(proxy, source)


def _knows_socks() -> bool:
    try:
        import socksio  # noqa: F401
    except ImportError:
        return False
    return True


def shown_proxy(proxy: ProxyUrl) -> str:
    """Write a proxy without its credentials."""
    return _shown(str(proxy.url if isinstance(proxy, httpx.Proxy) else proxy))


def _shown(value: str) -> str:
    """Leave out the credentials of a URL, even a malformed one."""
    _, at, rest = value.rpartition("@")
    scheme = value.partition("://")[0]
    known = f"{scheme}://" if scheme in _SCHEMES else ""
    return (f"{known}***@{rest}" if at else value)[:_LONGEST_VALUE]


def trust_of(
    verify: Verify,
) -> tuple[ssl.SSLContext, str]:
    """Find out whose certificates to trust.

    Args:
        verify: The user's setting, as for httpx; a text is the path of a file or a folder.

    Returns:
        The context, and the setting that chose it, with its value; "" for the default.

    Raises:
        OSError: There are no certificates where they should be.
    """
    if isinstance(verify, ssl.SSLContext):
        return verify, ""
    if verify is False:
        return httpx.create_ssl_context(verify=False), ""
    if isinstance(verify, (str, os.PathLike)):
        source, path = "verify", os.fspath(verify)
    else:
        source, path = _trusted_by_environment()
    shown = f"{source}={path}" if source else ""
    try:
        return _context(path), shown
    except OSError as error:
        if error.filename and os.environ.get(_KEY_LOG):  # a missing certificate has no name
            shown = f"{_KEY_LOG}={os.environ[_KEY_LOG]}"
        kind = FileNotFoundError if isinstance(error, FileNotFoundError) else OSError
        raise kind(f"{shown or 'certificates'}: it cannot be used: {_reason(error)}") from error


def _trusted_by_environment() -> tuple[str, str]:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if os.environ.get(name):
            return name, os.environ[name]
    return "", ""


def _context(path: str) -> ssl.SSLContext:
    if not path:
        return httpx.create_ssl_context()
    if Path(path).is_file():
        return ssl.create_default_context(cafile=path)
    # OpenSSL takes several folders, and says nothing of those that are not there.
    if any(Path(one).is_dir() for one in path.split(os.pathsep)):
        return ssl.create_default_context(capath=path)
    raise FileNotFoundError("there is no such file or folder")


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "there is no certificate in it"
    return error.strerror or str(error)
