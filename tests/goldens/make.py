# Makes all goldens: runs every script make_*.py of this folder, one after the other, each in a process of
# its own. `make.py linear pools` runs those of these names only. Python 3.11; versions in README.md.

import subprocess
import sys
from pathlib import Path

folder = Path(__file__).resolve().parent
families = sys.argv[1:] or sorted(path.stem.removeprefix("make_") for path in folder.glob("make_*.py"))
for family in families:
    print(family, flush=True)
    subprocess.run([sys.executable, folder / f"make_{family}.py"], check=True)
