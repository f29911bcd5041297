"""Starts Darkroom: python launch.py (all it can do: python launch.py --help).

This file has to run on old Pythons, so that the answer to one is a sentence and not a traceback;
what needs the right Python is in launcher/.
"""

import struct
import sys

MINIMUM = (3, 11)


def python_problem(version: "tuple[int, ...]", bits: int) -> str:
    """Why this Python cannot run the studio; empty when it can."""
    if version[:2] < MINIMUM:
        found = ".".join(str(part) for part in version[:3])
        return (
            "Darkroom needs Python 3.11 or newer; this is Python " + found + ".\n"
            "What to do: install a newer Python, and start with it: python3.11 launch.py"
        )
    if bits < 64:
        return (
            "Darkroom needs a 64-bit Python; this one is 32-bit, and PyTorch is not made for it.\n"
            "What to do: install the 64-bit Python, and start with that."
        )
    return ""


if __name__ == "__main__":
    problem = python_problem(tuple(sys.version_info[:3]), struct.calcsize("P") * 8)
    if problem:
        sys.stderr.write(problem + "\n")
        sys.exit(1)

    from launcher.command import main

    sys.exit(main(sys.argv[1:]))
