"""Real text that every Python installation carries: the standard library's own sources.

Nothing is downloaded and nothing is committed: files are read from the running interpreter, cleaned, and split BY FILE by a
hash of their path, so the split is the same on every machine that has the same Python.
"""

from __future__ import annotations

import hashlib
import re
import sysconfig
from functools import cache
from pathlib import Path

# Tests, generated tables and packages that later Pythons drop or distributions leave out.
EXCLUDED_FOLDERS = frozenset(
    "__pycache__ test tests idle_test site-packages dist-packages lib2to3 distutils ensurepip encodings pydoc_data "
    "lib-dynload __phello__".split()
)
EXCLUDED_FILES = re.compile(
    r"^(_sysconfigdata.*|_sysconfig_vars.*|sre_.*|entities|_pydatetime|__future__|this|antigravity)\.py$"
)
SPLITS = {"train": range(0, 80), "calibration": range(80, 90), "test": range(90, 100)}
UNPRINTABLE = re.compile(r"[^\n -~]")


def split_of(relative_path: str) -> str:
    """The split that owns a file: a hash of its POSIX path under the library folder, so neighbours do not travel together."""
    bucket = int.from_bytes(hashlib.sha256(relative_path.encode()).digest()[:4], "big") % 100
    return next(name for name, buckets in SPLITS.items() if bucket in buckets)


def clean(source: str) -> str:
    """Printable ASCII and newlines: tabs expanded, lines with other characters dropped, blank runs cut to one empty line."""
    lines = [line.rstrip() for line in source.expandtabs(4).replace("\f", "").splitlines()]
    text = "\n".join(line for line in lines if not UNPRINTABLE.search(line) and len(line) <= 120)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@cache
def documents(split: str) -> tuple[str, ...]:
    """The cleaned files of one split ("train", "calibration" or "test"), in path order."""
    root = Path(sysconfig.get_path("stdlib"))
    chosen = []
    for path in sorted(root.rglob("*.py"), key=lambda p: p.relative_to(root).as_posix()):
        relative = path.relative_to(root)
        if EXCLUDED_FOLDERS.intersection(relative.parts[:-1]) or EXCLUDED_FILES.match(path.name):
            continue
        if any(part.startswith("config-") for part in relative.parts) or split_of(relative.as_posix()) != split:
            continue
        text = clean(path.read_text(encoding="utf-8", errors="replace"))
        if len(text) >= 512:
            chosen.append(text)
    return tuple(chosen)
