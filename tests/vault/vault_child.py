"""A process that writes to a vault until it is done, or killed. Run by test_kill.py, never by itself.

argv: FOLDER NAME FIRST COUNT. It writes COUNT tokens named sk_N, N from FIRST, to the accounts NAME-0 … NAME-6 in turn,
and prints "N version" once each is on the disk.
"""

from __future__ import annotations

import sys
from pathlib import Path

from vaults import reopen

from penstock.redact import Secret


def main() -> int:
    folder, name, first, count = sys.argv[1:5]
    vault = reopen(Path(folder))
    print("started", flush=True)
    for number in range(int(first), int(first) + int(count)):
        account = f"{name}-{number % 7}" if int(count) > 25 else f"{name}-{number}"
        version = vault.put("stripe", account, {"token": Secret(f"sk_{number}")})
        print(number, version, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
