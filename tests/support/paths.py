"""Where things are."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
STATEWARD = pathlib.Path(os.environ.get("STATEWARD_PROGRAM", TARGET / "debug" / "stateward"))
QUICKSTART = ROOT / "examples" / "quickstart"
SCREENSHOTS = TARGET / "screenshots"
VENV = ROOT / "target" / "venv"
VENV_OLDER = ROOT / "target" / "venv-older"
NODE = ROOT / "target" / "node"
CHROMIUM = pathlib.Path("/usr/bin/chromium")
