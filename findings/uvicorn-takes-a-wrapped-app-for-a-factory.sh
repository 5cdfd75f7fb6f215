#!/usr/bin/env bash
# uvicorn takes an ASGI application for a factory if it is wrapped in an ordinary async decorator.
#
# Version: uvicorn 0.35.0.
# Behaviour: to find out whether it was given a factory, uvicorn calls the application without
# arguments and expects a TypeError. A wrapper `async def call(*args, **kwargs)` raises none: it
# returns a coroutine, which uvicorn then serves as the application, and each request is a 500.
# `functools.wraps` does not help, as the call is made, not the signature read.
# Remedy: give the wrapper the three parameters of ASGI, or put the `try` inside the application.
# Output seen:
#   plain: is the application itself
#   wrapped: is a coroutine
#   wrapped, with ASGI's parameters: is the application itself
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q uvicorn==0.35.0
cat > "$folder/show.py" <<'PYTHON'
import functools
import inspect

from uvicorn import Config


async def application(scope, receive, send):
    pass


def logged(function):
    @functools.wraps(function)
    async def call(*args, **kwargs):
        return await function(*args, **kwargs)

    return call


def logged_as_asgi(function):
    @functools.wraps(function)
    async def call(scope, receive, send):
        return await function(scope, receive, send)

    return call


def kind(app):
    config = Config(app, log_config=None, proxy_headers=False, interface="asgi3")
    config.load()
    if inspect.iscoroutine(config.loaded_app):
        config.loaded_app.close()
        return "is a coroutine"
    return "is the application itself" if config.loaded_app is app else "is something else"


print("plain:", kind(application))
print("wrapped:", kind(logged(application)))
print("wrapped, with ASGI's parameters:", kind(logged_as_asgi(application)))
PYTHON
"$folder/venv/bin/python" "$folder/show.py" 2>/dev/null | tee "$folder/seen"
diff - "$folder/seen" <<'SEEN'
plain: is the application itself
wrapped: is a coroutine
wrapped, with ASGI's parameters: is the application itself
SEEN
