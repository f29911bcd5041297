"""Tags name adapters and weights, and leave the text."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.prompting import Tag, split_tags


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
        ("<lora:a:1:lbw=OUTALL:stop=9>", "lora", "a", (1, 1)),
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


@given(st.text(alphabet="<>:=lorateunetdyn 1.-", max_size=200))
def test_no_text_is_an_error(text):
    words, tags = split_tags(text)
    assert len(words) <= len(text)
    assert all(math.isfinite(weight) for tag in tags for weight in tag.weights)


@pytest.mark.parametrize("unit", ["<lora:", "<lora:a>", "<", ":1", "<lora:a:" + "1" * 50])
def test_longest_prompt_made_of_one_thing_is_read(unit):
    split_tags((unit * 20_000)[:20_000] + ">")
