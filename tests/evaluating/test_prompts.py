"""The list of prompts: read whole, or refused in words."""

import json

import pytest

from webui.errors import WebuiError
from webui.evaluating.prompts import GENERAL, Prompt, read_prompts
from webui.settings import HOUSE

ENTRY = {
    "prompt": "a red boat on the sea",
    "things": [{"kind": "boat", "colour": "red", "size": "medium", "position": "centre"}],
    "place": "sea",
    "time": "day",
    "style": "flat",
}


def test_prompts_are_read_with_what_they_ask_for(tmp_path):
    path = tmp_path / "prompts.json"
    path.write_text(json.dumps([ENTRY]))
    (prompt,) = read_prompts(path)
    assert prompt.text == "a red boat on the sea"
    assert prompt.wanted
    assert prompt.wanted.things[0].kind == "boat"
    assert prompt.wanted.style == "flat"


@pytest.mark.parametrize(
    "text",
    ["", "{", '"words"', "[3]", '[{"prompt": "x"}]', '[{"prompt": "x", "things": [{"a": 1}]}]'],
)
def test_damaged_list_is_refused_with_its_name(tmp_path, text):
    path = tmp_path / "prompts.json"
    path.write_text(text)
    with pytest.raises(WebuiError, match=r"prompts\.json cannot be read"):
        read_prompts(path)


def test_missing_list_is_refused(tmp_path):
    with pytest.raises(WebuiError, match="cannot be read"):
        read_prompts(tmp_path / "none.json")


def test_general_prompts_claim_no_truth():
    assert all(prompt == Prompt(prompt.text) for prompt in GENERAL)


def test_shipped_prompts_ask_for_one_thing_and_for_two():
    prompts = read_prompts(HOUSE / "models/pocket/judge/prompts.json")
    counts = [len(prompt.wanted.things) for prompt in prompts if prompt.wanted]
    assert len(prompts) == 500
    assert min(counts.count(1), counts.count(2)) >= 200
    assert len({prompt.text for prompt in prompts}) > 480
