"""Tags name adapters and weights, and leave the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.adapters.blocks import BLOCKS as LAYER_BLOCKS
from webui.prompting import Tag, split_tags
from webui.prompting.lora_blocks import BLOCKS


@pytest.mark.parametrize(
    ("text", "kind", "name", "weights"),
    [
        ("<lora:a>", "lora", "a", (1, 1)),
        ("<lora:a:0.8>", "lora", "a", (0.8, 0.8)),
        ("<lora:a:0.8:0.5>", "lora", "a", (0.8, 0.5)),
        ("<lora:a:0.8:0.5:16>", "lora", "a", (0.8, 0.5, 16)),
        ("<lora:a:te=0.5>", "lora", "a", (0.5, 0.5)),
        ("<lora:a:unet=0.5>", "lora", "a", (1, 0.5)),
        ("<lora:a:unet=0.5:te=2:dyn=8>", "lora", "a", (2, 0.5, 8)),
        ("<lora:a:0.7:unet=0.5>", "lora", "a", (0.7, 0.5)),
        ("<lora:a:1:hr=0.5:lbwe=:0.5>", "lora", "a", (1, 0.5)),
        ("<lora: my file (v2) : -1.5 >", "lora", "my file (v2)", (-1.5, -1.5)),
        ("<lyco:a:.5>", "lora", "a", (0.5, 0.5)),
        ("<hypernet:h:0.4>", "hypernet", "h", (0.4,)),
        ("<hypernet:h>", "hypernet", "h", (1,)),
        ("<lora:ip-adapter-faceid-plusv2_sd15_lora:1>", "lora", None, (1, 1)),
        ("<lora:a:999999>", "lora", "a", (100, 100)),
    ],
)
def test_tag_says_an_adapter_and_its_weights(text, kind, name, weights):
    words, (tag,) = split_tags(f"x {text} y")
    assert words == "x  y"
    assert tag == Tag(kind, name or "ip-adapter-faceid-plusv2_sd15_lora", weights, 2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a < b > c",
        "<lora>",
        "<lora:>",
        "<lora: :1>",
        "<lora:a",
        "<lora:a:b>",
        "<lora:a:>",
        "<lora:a:1:2:3:4>",
        "<lora:a:1.2.3>",
        "<lora:a:te=x>",
        "<lora:a:lbw=MINE>",
        "<lora:a:lbw=1,1>",
        "<lora:a:lbw=1,1,1,1,1,1,1,1,1,1,1,R>",
        "<lora:a:1,1,1>",
        "<lora:a:1@>",
        "<lora:a:1@-1>",
        "<lora:a:1@0,x@1>",
        "<lora:a:1:1:1@0>",
        "<lora:a:start=>",
        "<lora:a:stop=half>",
        "<lora:a:step=5>",
        "<hypernet:h:1@0,0@1>",
        "<lora:a:nan>",
        "<lora:a:1e5>",
        "<hypernet:h:1:2>",
        "<other:a:1>",
        "<LORA:a:1>",
    ],
)
def test_what_is_no_tag_stays_text(text):
    assert split_tags(text) == (text, ())


def test_tags_keep_their_order_and_places():
    text = "<lora:a:1>, boat <lyco:b:2><lora:a:1> sea"
    words, tags = split_tags(text)
    assert words == ", boat  sea"
    assert [(tag.name, text[tag.at : tag.at + 6]) for tag in tags] == [
        ("a", "<lora:"),
        ("b", "<lyco:"),
        ("a", "<lora:"),
    ]


def test_tag_begun_inside_another_is_the_one_that_counts():
    words, (tag,) = split_tags("<lora:<lora:a:1>")
    assert (words, tag.name) == ("<lora:", "a")


_PIECES = st.sampled_from(
    ["<lora:a", ">", ":", "=", "te", "unet", "dyn", "lbw", "start", "stop", "step", "@", ",", ";"]
    + ["1", "0.5", "-", ".", " ", "ALL", "7", ",1" * 16, "1@0,0@5"]
)


@given(st.lists(_PIECES, max_size=40).map("".join), st.floats(0, 1), st.integers(0, 200))
def test_no_text_is_an_error_and_all_numbers_are_bounded(text, share, steps):
    words, tags = split_tags(text)
    assert len(words) <= len(text)
    for tag in tags:
        numbers = (*tag.weights, *tag.blocks, tag.factor(share, steps))
        assert all(-100 <= number <= 100 for number in numbers)
        assert len(tag.blocks) in (0, 26)


@pytest.mark.parametrize(
    "unit",
    ["<lora:", "<lora:a>", "<", ":1", "<lora:a:" + "1" * 50, "<lora:a:lbw=1", ",1", "1@0,", "@;"],
)
def test_longest_prompt_made_of_one_thing_is_read(unit):
    split_tags((unit * 20_000)[:20_000] + ">")
    split_tags("<lora:a:" + (unit * 20_000)[:20_000] + ">")


def tag(text):
    _, (found,) = split_tags(text)
    return found


def blocks(text):
    """Those that are not 0, by name."""
    return {name: value for name, value in zip(BLOCKS, tag(text).blocks, strict=True) if value}


def test_blocks_are_named_in_one_order_everywhere():
    assert LAYER_BLOCKS == BLOCKS
    assert (BLOCKS[0], BLOCKS[1], BLOCKS[12:15], BLOCKS[25]) == (
        *("BASE", "IN00", ("IN11", "M00", "OUT00")),
        "OUT11",
    )


@pytest.mark.parametrize(
    ("count", "names"),
    [
        (12, "BASE IN04 IN05 IN07 IN08 M00 OUT00 OUT01 OUT02 OUT03 OUT04 OUT05"),
        (
            17,
            "BASE IN01 IN02 IN04 IN05 IN07 IN08 M00 OUT03 OUT04 OUT05 OUT06 OUT07 OUT08 OUT09"
            " OUT10 OUT11",
        ),
        (
            20,
            "BASE IN00 IN01 IN02 IN03 IN04 IN05 IN06 IN07 IN08 M00 OUT00 OUT01 OUT02 OUT03 OUT04"
            " OUT05 OUT06 OUT07 OUT08",
        ),
        (26, " ".join(BLOCKS)),
    ],
)
def test_lists_of_blocks_are_those_of_lora_block_weight(count, names):
    numbers = [number / 10 for number in range(1, count + 1)]
    written = ",".join(map(str, numbers))
    expected = dict(zip(names.split(), numbers, strict=True))
    assert blocks(f"<lora:a:1:lbw={written}>") == expected
    assert blocks(f"<lora:a:1:{written}>") == expected  # as old prompts have it


@pytest.mark.parametrize(
    ("preset", "attentive"),
    [
        ("NONE", "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"),
        ("ALL", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"),
        ("INS", "1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0"),
        ("IND", "1,0,0,0,1,1,1,0,0,0,0,0,0,0,0,0,0"),
        ("INALL", "1,1,1,1,1,1,1,0,0,0,0,0,0,0,0,0,0"),
        ("MIDD", "1,0,0,0,1,1,1,1,1,1,1,1,0,0,0,0,0"),
        ("OUTD", "1,0,0,0,0,0,0,0,1,1,1,1,0,0,0,0,0"),
        ("OUTS", "1,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1"),
        ("OUTALL", "1,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1"),
        ("ALL0.5", "0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5"),
    ],
)
def test_presets_are_those_of_lora_block_weight_where_attention_is(preset, attentive):
    """Between these blocks they are filled in, which only a LoRA of convolutions notices."""
    by_list, by_name = tag(f"<lora:a:lbw={attentive}>").blocks, tag(f"<lora:a:lbw={preset}>").blocks
    listed = tag("<lora:a:lbw=" + ",".join(["1"] * 17) + ">").blocks
    assert [one for one, is_in in zip(by_name, listed, strict=True) if is_in] == [
        one for one, is_in in zip(by_list, listed, strict=True) if is_in
    ]
    assert tag(f"<lora:a:0.7:0.8:{preset}>").blocks == by_name


def test_all_blocks_means_every_block_and_nothing_said_too():
    assert tag("<lora:a:lbw=ALL>").blocks == (1,) * 26
    assert tag("<lora:a:1>").blocks == ()


def course(text, steps):
    return [tag(text).factor(step / steps, steps) for step in range(steps)]


@pytest.mark.parametrize(
    ("text", "factors"),
    [
        ("<lora:a:0.7>", [1, 1, 1, 1]),
        ("<lora:a:1:start=0.5>", [0, 0, 1, 1]),
        ("<lora:a:1:stop=0.5>", [1, 1, 0, 0]),
        ("<lora:a:1:start=0.25:stop=0.75>", [0, 1, 1, 0]),
        ("<lora:a:1:start=3>", [0, 0, 1, 1]),
        ("<lora:a:1:stop=3>", [1, 1, 0, 0]),
        ("<lora:a:1:step=2-4>", [0, 1, 1, 0]),
        ("<lora:a:1:start=1:stop=1>", [1, 1, 1, 1]),
        ("<lora:a:1:start=0.8:stop=0.2>", [0, 0, 0, 0]),
        ("<lora:a:1@0,0@0.5>", [1, 0.5, 0, 0]),
        ("<lora:a:0@0,1>", [0, 0.25, 0.5, 0.75]),
        ("<lora:a:1@0;0@2>", [1, 0.5, 0, 0]),
        ("<lora:a:0@3,1@2>", [1, 1, 1, 0]),
        ("<lora:a:0.5@0.5>", [0.5, 0.5, 0.5, 0.5]),
        ("<lora:a:0@0.5,1@0.5>", [0, 0, 1, 1]),
        ("<lora:a:0@0,1@1:stop=0.5>", [0, 0.25, 0, 0]),
        ("<lora:a:te=0@0,1@1:unet=1>", [1, 1, 1, 1]),
        ("<lora:a:1:0@2,1@3>", [0, 0, 0, 1]),
    ],
)
def test_weight_of_the_denoiser_goes_its_course(text, factors):
    assert course(text, 4) == pytest.approx(factors)


@pytest.mark.parametrize(
    ("text", "weights", "changes"),
    [
        ("<lora:a:0.5@0,1@1>", (0.5, 1), True),
        ("<lora:a:1@0.9,0.25@0.5>", (0.25, 1), True),
        ("<lora:a:0.3:0@0,1@1>", (0.3, 1), True),
        ("<lora:a:te=0@0,1@1:unet=0.7>", (0, 0.7), False),
        ("<lora:a:0.7:stop=0.5>", (0.7, 0.7), True),
        ("<lora:a:0.7>", (0.7, 0.7), False),
    ],
)
def test_text_encoder_has_what_the_course_begins_with(text, weights, changes):
    assert tag(text).weights == weights
    assert tag(text).changes is changes


def test_course_of_one_step_and_of_none_is_no_error():
    for steps in (0, 1):
        assert tag("<lora:a:1@0,0@5:start=2>").factor(0, steps) in (0.0, 1.0)
