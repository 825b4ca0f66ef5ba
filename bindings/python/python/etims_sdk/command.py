"""The ``etims`` command, as the wheel carries it."""

from __future__ import annotations

import signal
import sys

from . import _native


def main() -> int:
    # Ctrl-C ends the command at once: what is stored is safe at any moment.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.run_command(["etims", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
