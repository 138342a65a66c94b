#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cppcheck over the program: what it is sure of."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import sources  # noqa: E402

os.makedirs(os.path.join(sources.ROOT, "build/cppcheck"), exist_ok=True)
sys.exit(subprocess.run(
    ["cppcheck", "--quiet", "--std=c11", "--enable=warning,portability",
     "--inline-suppr", "--error-exitcode=1", "-I.", "-D__linux__",
     "--suppress=missingIncludeSystem", "--suppress=internalAstError",
     "--suppress=autoVariables",
     "--cppcheck-build-dir=build/cppcheck", "-j", str(os.cpu_count() or 2),
     "--template={file}:{line}: {id}: {message}", *sources.program("c")],
    cwd=sources.ROOT, check=False).returncode)
