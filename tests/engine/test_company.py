"""The company of calls: written with a picture, and had again when it is made again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.fakes import Bench, FakeDevice
from webui.engine.company import ALONE, read_company, write_company
from webui.engine.packing import WIDEST
from webui.events import PictureReady
from webui.request.resolved import COMPANY

packs = st.integers(1, WIDEST).flatmap(lambda w: st.tuples(st.just(w), st.integers(0, w - 1)))


@given(st.lists(packs, max_size=200))
def test_what_is_written_is_read_again(made: list[tuple[int, int]]) -> None:
    text = write_company(made)
    assert re.match(COMPANY, text)
    assert read_company(text) == (made if text else [])


def test_a_picture_that_was_always_alone_says_nothing() -> None:
    assert write_company([ALONE] * 20) == ""


@pytest.mark.parametrize("text", ["99.0x3", "4.7x3", "0.0x3"])
def test_what_makes_no_sense_counts_as_alone(text: str) -> None:
    assert read_company(text) == [ALONE] * 3


def test_no_text_makes_an_endless_list() -> None:
    assert len(read_company(",".join(["1.0x9999"] * 1000))) <= 10_000


def ready(bench: Bench) -> dict[tuple[str, int], dict[str, str]]:
    said = [event for event in bench.said if isinstance(event, PictureReady)]
    return {(event.job, event.index): event.made_with for event in said}


def test_pictures_tell_in_which_company_they_were_computed() -> None:
    bench = Bench(FakeDevice(base=1.0, each=0.0))
    bench.submit("warm", steps=3)
    bench.run()
    assert "company" not in ready(bench)[("warm", 0)]
    bench.submit("a", steps=30)
    bench.submit("b", owner="bob", steps=30)
    bench.run()
    companies = [ready(bench)[(job, 0)]["company"] for job in ("a", "b")]
    for company in companies:
        assert any(width == 2 for width, _ in read_company(company))
        assert len(read_company(company)) == 31  # every step, and the decoding
    shared = [[pack for pack in read_company(company) if pack[0] == 2] for company in companies]
    assert [pack[1] for pack in shared[0]] != [pack[1] for pack in shared[1]]


def test_a_picture_made_again_has_copies_of_itself_for_company() -> None:
    bench = Bench(FakeDevice())
    bench.submit("again", steps=4, exact=True, company="4.2x3,1.0x1,2.1x1")
    bench.run()
    assert [len(tags) for tags in bench.device.steps()] == [4, 4, 4, 1]
    assert ready(bench)[("again", 0)]["company"] == "4.2x3,1.0x1,2.1x1"


def test_cells_that_fork_carry_the_company_of_the_steps_they_share() -> None:
    bench = Bench(FakeDevice(base=1.0, each=0.0))
    bench.submit("warm", steps=3)
    bench.run()
    each = tuple({"prompt": f"sky|{word}"} for word in "ab")
    bench.submit("g", steps=8, batch_size=2, each=each)
    bench.run()
    first, second = (read_company(ready(bench)[("g", i)].get("company", "")) for i in (0, 1))
    assert first[:4] == second[:4]
