"""`python -m contractgate` is the command line."""

from contractgate_core.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
