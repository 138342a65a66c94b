#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clang-format has nothing to change (`--write` lets it)."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import sources  # noqa: E402

paths = sources.program() + sources.listed("tests/**/*.[ch]")
mode = ["-i"] if "--write" in sys.argv else ["--dry-run", "-Werror"]
sys.exit(subprocess.run(["clang-format", *mode, *paths], cwd=sources.ROOT,
                        check=False).returncode)
