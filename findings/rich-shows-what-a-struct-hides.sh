#!/usr/bin/env bash
# A msgspec Struct with a `__repr__` of its own still shows every field in rich.
#
# Versions: msgspec 0.20.0, rich 14.1.0.
# Behaviour: every Struct has a `__rich_repr__` that lists its fields, and rich asks that before
# `__repr__`. So a class that hides a field from `repr`, from logs and from plain tracebacks shows it
# in rich's tracebacks with locals, in its inspector and in its log handler.
# Remedy: define `__rich_repr__` beside each `__repr__` that leaves something out.
# Output seen:
#   repr: Account(name='ada', token=***)
#   rich: Account(name='ada', token='s3cret-token')
#   rich, with __rich_repr__: Guarded(name='ada')
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q msgspec==0.20.0 rich==14.1.0
cat > "$folder/show.py" <<'PYTHON'
import msgspec
from rich.pretty import pretty_repr


class Account(msgspec.Struct):
    name: str
    token: str

    def __repr__(self):
        return f"{type(self).__name__}(name={self.name!r}, token=***)"


class Guarded(Account):
    def __rich_repr__(self):
        yield "name", self.name


print("repr:", repr(Account("ada", "s3cret-token")))
print("rich:", pretty_repr(Account("ada", "s3cret-token")))
print("rich, with __rich_repr__:", pretty_repr(Guarded("ada", "s3cret-token")))
PYTHON
"$folder/venv/bin/python" "$folder/show.py" | tee "$folder/seen"
diff - "$folder/seen" <<'SEEN'
repr: Account(name='ada', token=***)
rich: Account(name='ada', token='s3cret-token')
rich, with __rich_repr__: Guarded(name='ada')
SEEN
