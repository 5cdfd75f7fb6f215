#!/usr/bin/env bash
# pytest-timeout's thread method ends a test that waits too long, but under pytest-xdist its stacks
# are lost: all that is seen is that a worker crashed.
#
# Versions: pytest 8.4.1, pytest-timeout 2.4.0, pytest-xdist 3.8.0.
# Behaviour: alone, the stacks of all threads are printed before the process ends. Under xdist they
# go to the worker's own standard output, which nobody reads.
# Remedy: `faulthandler_timeout`, a little shorter, prints to standard error, which is passed on.
# Output seen:
#   alone: stack shown
#   under xdist: stack not shown
#   under xdist, with faulthandler_timeout: stack shown
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pytest==8.4.1 pytest-timeout==2.4.0 pytest-xdist==3.8.0
cat > "$folder/test_slow.py" <<'PYTHON'
import threading


def test_waits_for_what_never_comes():
    threading.Event().wait(20)
PYTHON
shown() {
    # It fails, as it should.
    "$folder/venv/bin/python" -m pytest -q -p no:cacheprovider --timeout 2 --timeout-method thread \
        "$@" "$folder/test_slow.py" > "$folder/out" 2>&1 || true
    if grep -q 'in test_waits_for_what_never_comes$' "$folder/out"; then
        echo "stack shown"
    else
        echo "stack not shown"
    fi
}
{
    echo "alone: $(shown)"
    echo "under xdist: $(shown -n 1)"
    echo "under xdist, with faulthandler_timeout: $(shown -n 1 -o faulthandler_timeout=1)"
} | tee "$folder/seen"
diff - "$folder/seen" <<'SEEN'
alone: stack shown
under xdist: stack not shown
under xdist, with faulthandler_timeout: stack shown
SEEN
