"""LoRAs by tag and embeddings by name, on the shipped model and its companions."""

from __future__ import annotations

import pytest

from tests.pocket.atelier import Atelier, has, share


@pytest.fixture(scope="module")
def atelier():
    return Atelier()


def test_a_lora_brings_what_the_base_has_never_seen_and_goes_again(atelier):
    before = atelier.draw("a red robot in a field by day", seed=4)
    without = atelier.see("a red robot in a field by day")
    with_it = atelier.see("a red robot in a field by day <lora:pocket-robot:1>")
    after = atelier.draw("a red robot in a field by day", seed=4)
    assert share(without, has("robot")) < 0.2
    assert share(with_it, has("robot")) > 0.6
    assert after[0].tobytes() == before[0].tobytes()


@pytest.mark.parametrize(("name", "kind"), [("crown", "crown"), ("robot", "robot")])
def test_its_weight_says_how_much(atelier, name, kind):
    prompt = f"a yellow {kind} on a plain background"
    off, _half, full = (
        atelier.draw(f"{prompt} <lora:pocket-{name}:{weight}>", seed=4)[0].tobytes()
        for weight in (0, 0.5, 1)
    )
    assert off == atelier.draw(prompt, seed=4)[0].tobytes()
    assert len({off, _half, full}) == 3


def test_the_weight_of_the_text_encoder_is_its_own(atelier):
    prompt = "a yellow crown <lora:pocket-crown:{}:{}>"
    made = [atelier.draw(prompt.format(*pair), seed=4)[0] for pair in ((1, 1), (0, 1), (1, 0))]
    assert len({one.tobytes() for one in made}) == 3


def test_every_picture_has_its_own_loras_also_in_one_job(atelier):
    tags = ("", "<lora:pocket-robot:1>", "<lora:pocket-crown:1>")
    prompt = "a red robot in a field TAG"
    # Exact, or the clock would choose how many are decoded at once, and with it the last bits.
    alone = [
        atelier.draw(prompt.replace("TAG", tag), seed=4, exact=True)[0].tobytes() for tag in tags
    ]
    axis = {"field": "prompt", "values": "\n".join(prompt.replace("TAG", tag) for tag in tags)}
    base = {"steps": 12, "seed": 4, "batch_size": 3, "exact": True}
    made = atelier.make({"kind": "grid", "base": base, "x": axis})
    assert [one.tobytes() for one in made] == alone


def test_an_embedding_is_used_by_its_bare_name_whatever_its_case(atelier):
    teal = atelier.see("a TEAL house in a field by day")
    assert share(teal, has("house", "teal")) > 0.6
    one, other = (atelier.draw(f"a {word} house", seed=4)[0] for word in ("teal", "(teal:1.2)"))
    assert one.tobytes() != other.tobytes()
