"""relaypermit doctor, run as on a machine whose clock is somebody else's to keep.

Without CAP_SYS_TIME doctor takes the clock for its host's, so that a test machine that nobody keeps in time gives
the findings of the test alone.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from daemon import tool

NO_CLOCK = ("setpriv", "--bounding-set=-sys_time")


def doctor(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*NO_CLOCK, tool(), "doctor", *arguments], capture_output=True, text=True, check=False)
