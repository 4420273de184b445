"""Everything public names the papers behind it, and every paper that the code names has a reference."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

import unmask
from unmask import bounds, orders, schedules
from unmask.citations import PAPERS, REGISTRY, cite, own_papers, public_name
from unmask.errors import ArgumentError
from unmask.policies import OrderedPolicy

ARXIV = re.compile(r"\b\d{4}\.\d{5}\b")
IN_THEORY = """2410.07761 2504.13612 2505.21400 2505.24857 2506.19037 2508.04884 2509.13866 2509.19962 2510.04767 2510.21961
2510.24088 2510.25544 2511.04647 2511.05664 2602.00286 2602.06849 2602.15008 2602.18647 2602.20126 2603.12996 2603.22248
2604.02560 2604.18471 2605.10518 2605.14305 2606.23567 2608.13520 2608.25505""".split()
AREAS = ("schedules", "targets", "bounds", "orders", "exact")


def public_callables():
    for area in AREAS:
        module = importlib.import_module(f"unmask.{area}")
        for name in getattr(module, "__all__", None) or vars(module):
            thing = getattr(module, name)
            if not name.startswith("_") and callable(thing) and getattr(thing, "__module__", "").startswith(f"unmask.{area}"):
                yield f"{area}.{name}", thing


@pytest.mark.parametrize(("name", "thing"), [pytest.param(*pair, id=pair[0]) for pair in public_callables()])
def test_every_public_callable_has_a_citation(name, thing):
    assert public_name(thing) == name
    assert own_papers(thing), f"register {name} in citations.py, or name the paper in its docstring"
    assert cite(thing) and set(cite(thing)) <= set(PAPERS.values())
    assert cite(thing) == cite(name) == cite(f"unmask.{name}")


def test_every_paper_of_theory_is_listed():
    assert set(IN_THEORY) <= PAPERS.keys()
    assert set(cite()) == set(PAPERS.values())
    for key, text in PAPERS.items():
        assert re.search(r"\((19|20)\d\d\)\. ", text) and text.endswith(".") and "\n" not in text
        assert not ARXIV.fullmatch(key) or text.endswith(f"arXiv:{key}.")


def test_every_paper_that_the_code_names_is_listed():
    for path in Path(unmask.__file__).parent.rglob("*.py"):
        missing = set(ARXIV.findall(path.read_text())) - PAPERS.keys()
        assert not missing, f"{path.name} names {missing}: add the papers to citations.py"


def test_registry_names_exist():
    """Except for orders and modules that are still to come."""
    to_come = {"orders.blockwise", "orders.halton", "orders.learned"}
    for name, keys in REGISTRY.items():
        assert keys and set(keys) <= PAPERS.keys()
        if name and name not in to_come:
            cite(name)


def text_of(*keys):
    return {PAPERS[key] for key in keys}


def test_objects_cite_what_made_them():
    assert set(cite(schedules.cosine(16, 4))) == set(cite(schedules.cosine)) == text_of("2202.04200", "2508.04884")
    assert set(cite(unmask.Schedule([1, 2]))) == set(cite(unmask.Schedule))
    assert text_of("van der Corput") <= set(cite(orders.bit_reversal()))
    assert set(cite(OrderedPolicy(schedules.cosine(4, 2), "bit-reversal"))) == set(cite(orders.bit_reversal)) | set(
        cite(schedules.cosine)
    )
    assert set(cite(bounds.largest_size(4, 1.0))) == text_of("2510.25544")
    assert set(cite(bounds.pinsker(1.0))) == text_of("Pinsker")
    assert set(cite(bounds.chen_cong_li_steps(10, 1, 1))) == text_of("2511.04647")


def test_what_has_no_paper_of_its_own_cites_what_contains_it():
    assert set(cite(unmask.OrderProfile.row_bounds)) >= text_of("2510.25544")
    assert set(cite(unmask.InformationProfile.cost)) == text_of("2510.25544")
    assert cite(bounds) == cite("bounds") == cite("unmask.bounds")
    assert text_of("2510.25544") <= set(cite(unmask)) == set(cite("unmask"))
    assert cite(unmask.sample)


def test_prints_one_per_line():
    assert str(cite(schedules.cosine)).count("\n") == len(cite(schedules.cosine)) - 1
    assert repr(cite(schedules.cosine)) == str(cite(schedules.cosine))


@pytest.mark.parametrize("obj", [3, "schedules.nothing", "", "os", inspect, len, [schedules.cosine]])
def test_refusals(obj):
    with pytest.raises(ArgumentError, match="obj is"):
        cite(obj)
