"""What the documentation shows is true: its Python runs and prints what it says, its shell options exist."""

import contextlib
import io
import re
import shlex
import sys
import types
from pathlib import Path

import pytest
import typer

from unmask.cli import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
SKELETONS = sorted(page for page in (DOCS / "contributing").glob("*.md") if page.name != "index.md")
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SKIP = "<!-- not run -->"


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def blocks(page):
    """(language, code, line number, text between the previous block and this one) of each fenced block."""
    text, end = page.read_text(encoding="utf-8"), 0
    for match in FENCE.finditer(text):
        yield match[1], match[2], text.count("\n", 0, match.start()) + 2, text[end : match.start()]
        end = match.end()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_python_runs_and_prints_what_it_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module, printed = types.ModuleType("page"), None
    monkeypatch.setitem(sys.modules, "page", module)  # where dataclasses look names up
    for language, code, line, before in blocks(page):
        if language == "text" and printed is not None and not before.strip():
            assert printed.split("\n") == code.split("\n"), f"{name_of(page)}, line {line}"
        printed = None
        if language == "python" and not before.rstrip().endswith(SKIP):
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                exec(compile("\n" * (line - 1) + code, str(page), "exec"), module.__dict__)
            printed = output.getvalue()


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=name_of)
def test_every_verb_and_option_exists(page):
    verbs = typer.main.get_command(app).commands
    for language, code, line, _ in blocks(page):
        for command in code.replace("\\\n", " ").splitlines() if language == "bash" else ():
            words = shlex.split(command, comments=True)
            if len(words) > 1 and Path(words[0]).name == "unmask" and words[1] != "--help":
                known = {name for option in verbs[words[1]].params for name in option.opts} | {"--help"}
                asked = {word.partition("=")[0] for word in words[2:] if re.match(r"--?[a-z]", word)}
                assert asked <= known, f"{name_of(page)}, line {line}: {command}"


@pytest.mark.parametrize("page", SKELETONS, ids=name_of)
def test_skeletons_are_short(page):
    lengths = [code.count("\n") for language, code, _, _ in blocks(page) if language == "python"]
    assert lengths
    assert lengths[0] < 40


def test_every_kind_of_part_has_a_skeleton():
    assert {page.stem for page in SKELETONS} == {"schedule", "order", "policy", "target", "adapter"}


def test_every_error_is_explained():
    from unmask import errors

    explained = set(re.findall(r"^### `(\w+)`", (DOCS / "errors.md").read_text(encoding="utf-8"), re.MULTILINE))
    raised = {name for name, thing in vars(errors).items() if isinstance(thing, type) and thing.__module__ == errors.__name__}
    assert explained == raised


def test_every_public_name_is_in_the_reference():
    """By itself or with its whole module; a function that shares its file's name hides in the module and needs its own line."""
    import unmask
    from unmask import bounds, exact, orders, policies, schedules, targets

    listed = set(re.findall(r"^::: (\S+)$", (DOCS / "api.md").read_text(encoding="utf-8"), re.MULTILINE))
    public = {f"{home}.{name}" for name, home in unmask._HOME.items()} | {f"unmask.{name}" for name in unmask._MODULES}
    for room in (bounds, exact, orders, policies, schedules, targets):
        files = {path.stem for path in Path(room.__file__).parent.glob("*.py")}
        public |= {f"{room.__name__}.{name}" + (f".{name}" if name in files else "") for name in room.__all__}
    by_name = {name.rpartition(".")[2] for name in listed}
    missing = [
        name
        for name in public
        if name not in listed and name.rpartition(".")[0] not in listed and name.rpartition(".")[2] not in by_name
    ]
    assert missing == []


def test_every_registered_order_is_named():
    from unmask.orders import ORDERS

    page = (DOCS / "how-to" / "measure-a-profile.md").read_text(encoding="utf-8")
    assert [name for name in ORDERS if f"`{name}`" not in page] == []


def test_the_size_cap_is_the_one_in_the_code():
    from unmask.files import SIZE_CAP

    assert f"More than {SIZE_CAP >> 20} MiB" in (DOCS / "errors.md").read_text(encoding="utf-8")


def test_no_state_is_called_unmasked():
    said = [name_of(page) for page in PAGES if re.search(r"\b[Uu]nmasked\b", page.read_text(encoding="utf-8"))]
    assert said in ([], ["docs/concepts.md"])
