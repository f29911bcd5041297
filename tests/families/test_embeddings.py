"""Embeddings in a prompt: their vectors are read in the place of their names."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import Tensor

from webui.builtin import FAMILIES
from webui.errors import RequestRejected
from webui.families.counting import TokenCounter
from webui.families.sd1.components import Sd1Components, load_components
from webui.pipelines import scan
from webui.prompting import parse_attention, readings
from webui.settings import Settings

POCKET = Settings().models / "pocket"
TEAL = load_file(POCKET / "companions" / "embeddings" / "teal.safetensors")["emb_params"]
CHANNELS = 128


@cache
def pocket() -> Sd1Components:
    checkpoint = scan(Settings().models, FAMILIES).find("pocket")
    return load_components(POCKET, checkpoint.facts, torch.float32, torch.device("cpu"))


def encode(*texts: str, **options: Any) -> Tensor:
    return pocket().encode([parse_attention(text) for text in texts], **options)


def encoder() -> Any:
    return pocket()._text_encoder


def table() -> Tensor:
    return encoder().get_input_embeddings().weight


def ids_of(text: str) -> list[int]:
    return pocket()._texts._token_ids(text)


def vectors(n: int, seed: int = 0) -> Tensor:
    drawn = torch.randn(n, CHANNELS, generator=torch.Generator().manual_seed(seed))
    return drawn * table().std()


@torch.inference_mode()
def by_hand(windows: list[list[int]], more: Tensor, clip_skip: int = 1) -> Tensor:
    """States of ids by an encoder whose table has more rows: [1, tokens, channels]."""
    larger = copy.deepcopy(encoder())
    whole = torch.cat([table(), more])
    larger.set_input_embeddings(torch.nn.Embedding.from_pretrained(whole))
    begin, end = larger.config.bos_token_id, larger.config.eos_token_id
    framed = [[begin, *ids, end, *[end] * (75 - len(ids))] for ids in windows]
    said = larger(input_ids=torch.tensor(framed), output_hidden_states=True)
    if clip_skip == 1:
        return said[0].reshape(1, -1, CHANNELS)
    return larger.final_layer_norm(said.hidden_states[-clip_skip]).reshape(1, -1, CHANNELS)


LARGE = list(range(920, 1100))
"""Ids of the rows that `by_hand` adds."""


@pytest.mark.parametrize("clip_skip", [1, 2])
@pytest.mark.parametrize("n", [1, 2, 7])
def test_vectors_are_read_as_tokens_with_the_positions_of_their_place(
    n: int, clip_skip: int
) -> None:
    own = vectors(n)
    answer = encode("a wug on the sea, wug", words={"wug": own}, clip_skip=clip_skip)
    ids = [*ids_of("a"), *LARGE[:n], *ids_of("on the sea,"), *LARGE[:n]]
    assert torch.equal(answer, by_hand([ids], own, clip_skip))


def test_several_names_have_each_their_own_vectors() -> None:
    words = {"wug": vectors(2, 1), "unused": vectors(3, 2), "dax": vectors(4, 3)}
    answer = encode("dax wug", words=words)
    more = torch.cat([words["dax"], words["wug"]])
    assert torch.equal(answer, by_hand([LARGE[:6]], more))


def test_vectors_of_known_words_read_as_those_words_bit_for_bit() -> None:
    same = table()[ids_of("red boat")]
    answer = encode("a (wug:1.3) BREAK the WUG", words={"wug": same})
    assert torch.equal(answer, encode("a (red boat:1.3) BREAK the red boat"))


def test_sample_embedding_changes_the_states_from_its_place_on() -> None:
    plain, taught = encode("a teal boat")[0], encode("a teal boat", words={"teal": TEAL})[0]
    assert torch.equal(plain[:2], taught[:2])
    assert not torch.allclose(plain[2:6], taught[2:6], atol=1e-2)
    assert taught.dtype == plain.dtype
    assert torch.equal(taught[None], encode("a Teal boat", words={"TEAL": TEAL.float()}))


TEXTS = ("a (red:1.4) boat BREAK sea", "tealish, steal teal-2 teal_2 2teal", "", "a, boat " * 99)


@pytest.mark.parametrize("emphasis", ["original", "no_norm", "ignore"])
@pytest.mark.parametrize("words", [{}, {"teal": TEAL}])
def test_without_a_name_in_the_texts_no_bit_changes(emphasis: Any, words: Any) -> None:
    plain = encode(*TEXTS, emphasis=emphasis)
    assert torch.equal(plain, encode(*TEXTS, emphasis=emphasis, words=words))
    for text in map(parse_attention, TEXTS):
        assert pocket()._texts.cut(text, words) == pocket()._texts.cut(text)


def test_text_beside_one_with_a_name_keeps_its_bits() -> None:
    alone, beside = encode("a boat"), encode("teal", "a boat", words={"teal": TEAL})
    assert torch.equal(alone, beside[1:])


@pytest.mark.parametrize(("before", "windows"), [(68, 1), (69, 2), (75, 2), (76, 2)])
def test_vectors_that_do_not_fit_begin_the_next_window(before: int, windows: int) -> None:
    own, text = vectors(7), "boat " * before + "wug sea"
    boat, sea = ids_of("boat") * before, ids_of("sea")
    cut = {
        68: [[*boat, *LARGE[:7]], sea],
        69: [boat, [*LARGE[:7], *sea]],
        75: [boat, [*LARGE[:7], *sea]],
        76: [boat[:75], [boat[0], *LARGE[:7], *sea]],
    }[before]
    assert pocket().windows(parse_attention(text), {"wug": own}) == len(cut) == 2
    assert pocket().windows(parse_attention(text[:-4]), {"wug": own}) == windows
    assert torch.equal(encode(text, words={"wug": own}), by_hand(cut, own))


def test_seventy_five_vectors_fill_a_window_and_more_go_on_in_the_next() -> None:
    whole, more = vectors(75), vectors(80)
    answer = encode("wug", words={"wug": whole})
    assert torch.equal(answer, by_hand([LARGE[:75]], whole))
    answer = encode("boat wug", words={"wug": more})
    cut = [[*ids_of("boat"), *LARGE[:74]], LARGE[74:80]]
    assert torch.equal(answer, by_hand(cut, more))


def test_names_are_read_in_every_part_of_a_long_text() -> None:
    text = "boat BREAK " * 70 + "wug"
    same = table()[ids_of("sea")]
    assert torch.equal(encode(text, words={"wug": same}), encode(text.replace("wug", "sea")))


def test_emphasis_weighs_each_vector_of_a_name() -> None:
    words = {"wug": vectors(3)}
    plain = encode("a wug boat", words=words, emphasis="ignore")[0]
    weighed = encode("a (wug:1.5) boat", words=words, emphasis="no_norm")[0]
    torch.testing.assert_close(weighed[2:5], plain[2:5] * 1.5)
    assert torch.equal(weighed[:2], plain[:2])
    assert torch.equal(weighed[5:], plain[5:])


def test_the_loaded_network_stays_as_it_was() -> None:
    rows, before = table().clone(), encode("a teal boat")
    encode("a teal boat", words={"teal": TEAL})
    assert torch.equal(table(), rows)
    assert not encoder().get_input_embeddings()._forward_hooks
    assert torch.equal(encode("a teal boat"), before)


def test_the_loaded_network_stays_as_it_was_where_reading_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no memory")

    monkeypatch.setattr(encoder().encoder, "forward", fails)
    with pytest.raises(RuntimeError, match="no memory"):
        encode("teal", words={"teal": TEAL})
    assert not encoder().get_input_embeddings()._forward_hooks


def test_vectors_of_another_family_are_refused_in_words_where_they_are_named() -> None:
    words = {"wug": torch.zeros(2, 768), "teal": TEAL}
    says = "The embedding 'wug' was made for another family: its vectors have 768 values"
    with pytest.raises(RequestRejected, match=says) as refused:
        encode("a WUG", words=words)
    assert (refused.value.field, refused.value.value) == ("prompt", "wug")
    assert torch.equal(encode("teal", words=words), encode("teal", words={"teal": TEAL}))


WORDS = {"wug": vectors(7), "dax": vectors(30), "Wug Dax": vectors(40), "huge": vectors(90)}


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.sampled_from(["boat ", "boat " * 30, "wug ", "DAX", "huge,", ", ", " BREAK ", "(wug:2)",
                         "wugs", "-", "é", " "]),
        max_size=30,
    ).map("".join)
)  # fmt: skip
def test_token_counter_counts_the_windows_that_are_read(text: str) -> None:
    sizes = {name: len(of) for name, of in WORDS.items()}
    count = TokenCounter.load(POCKET, readings).count(text, 1, words=sizes)
    cut = pocket()._texts.cut(parse_attention(text), WORDS)
    assert count.windows == len(cut) == pocket().windows(parse_attention(text), words=WORDS)
    assert count.tokens == 75 * (len(cut) - 1) + len(cut[-1].ids)
