"""Tokens are counted exactly as the text encoder is given them, and without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import CLIPTokenizer

from webui.errors import BadFile
from webui.families.counting import Count, TokenCounter, load_tokenizer
from webui.prompting import readings
from webui.settings import Settings

POCKET = Settings().models / "pocket"


@cache
def counter() -> TokenCounter:
    return TokenCounter.load(POCKET, readings)


@cache
def theirs(folder: Path) -> Any:
    return CLIPTokenizer.from_pretrained(folder, local_files_only=True)


@pytest.fixture(scope="module")
def old_form(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pocket's tokenizer as most checkpoints bring theirs: a vocabulary and merges."""
    folder = tmp_path_factory.mktemp("checkpoint") / "tokenizer"
    folder.mkdir()
    model = json.loads((POCKET / "tokenizer" / "tokenizer.json").read_text("utf-8"))["model"]
    merges = "".join(f"{a} {b}\n" for a, b in model["merges"])
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]), "utf-8")
    (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}", "utf-8")
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")
    return folder


typed = st.text(max_size=60) | st.lists(
    st.sampled_from(
        ["a red boat", "BREAK", "house's", "<|endoftext|>", "<|startoftext|>", "  ", "\n", ",",
         "!!!", "é", "e\u0301", "İ", "ß", "ﬁ", "你好", "😀", "\u00a0", "\u200b", "2024",
         "\x00", "8-bit"]
    )
).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(typed)
def test_ids_are_those_of_the_text_encoders_own_tokenizer(text: str) -> None:
    wanted = theirs(POCKET / "tokenizer")(text, add_special_tokens=False, verbose=False)
    assert list(counter().ids(text)) == wanted.input_ids


@settings(deadline=None, max_examples=400)
@given(text=typed)
def test_vocabulary_and_merges_make_the_same_tokenizer(old_form: Path, text: str) -> None:
    ids = load_tokenizer(old_form).encode(text, add_special_tokens=False).ids
    wanted = theirs(old_form)(text, add_special_tokens=False, verbose=False)
    assert ids == wanted.input_ids


@pytest.mark.parametrize(
    ("text", "steps", "expected"),
    [
        ("", 20, Count(0, 1, 75)),
        ("a red boat", 20, Count(3, 1, 75)),
        ("a (red:1.2) boat # of wood", 20, Count(3, 1, 75)),
        ("a red boat <lora:wood:1>", 20, Count(3, 1, 75)),
        ("a [red:dark red:5] boat", 20, Count(4, 1, 75)),
        ("a [red:dark red:5] boat", 5, Count(3, 1, 75)),
        ("boat AND a red boat AND red", 20, Count(3, 1, 75)),
        ("a BREAK red boat", 20, Count(77, 2, 150)),
        ("boat " * 75, 20, Count(75, 1, 75)),
        ("boat " * 76, 20, Count(76, 2, 150)),
        ("boat " * 60 + "," + "boat " * 16, 20, Count(91, 2, 150)),
    ],
)
def test_largest_text_of_all_steps_and_parts_counts(text: str, steps: int, expected: Count) -> None:
    assert counter().count(text, steps) == expected


def test_negative_prompt_has_no_parts() -> None:
    assert counter().count("a AND a", 20, is_negative=True).tokens > 2


def test_longest_prompt_that_changes_at_every_step_is_counted() -> None:
    text = ("[a|red|boat] sea, " * 2000)[:20_000]
    assert counter().count(text, 150).windows > 40


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("a red boat", {"teal": 8}, Count(3, 1, 75)),
        ("a TEAL boat", {"teal": 8}, Count(10, 1, 75)),
        ("a [red:teal:5] boat", {"teal": 8}, Count(10, 1, 75)),
        ("boat AND (teal:1.2)", {"teal": 8}, Count(8, 1, 75)),
        ("boat " * 67 + "teal", {"teal": 8}, Count(75, 1, 75)),
        ("boat " * 68 + "teal", {"teal": 8}, Count(83, 2, 150)),
        ("teal", {"teal": 75}, Count(75, 1, 75)),
        ("teal", {"teal": 76}, Count(76, 2, 150)),
    ],
)
def test_names_count_as_their_vectors(text: str, words: dict[str, int], expected: Count) -> None:
    assert counter().count(text, 20, words=words) == expected


def test_names_are_counted_in_the_negative_prompt() -> None:
    assert counter().count("teal", 20, is_negative=True, words={"teal": 8}).tokens == 8


def test_names_in_a_prompt_that_changes_at_every_step_are_counted() -> None:
    text = "".join(f"[:x:{step}] " for step in range(1, 21)) + "x " * 2_000
    assert counter().count(text, 20, words={"x": 75}).windows == 2_019


def test_counting_imports_neither_torch_nor_transformers() -> None:
    code = "import sys, webui.families.counting, webui.prompting; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "diffusers"} & set(done.stdout.split())


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "tokenizer/vocab.json cannot be read: No such file"),
        ({"tokenizer.json": b"{}"}, "cannot be used"),
        ({"tokenizer.json": b"["}, "cannot be used"),
        ({"tokenizer.json": b"\xff"}, "not UTF-8"),
        ({"vocab.json": b"[1]", "merges.txt": b""}, "cannot be used"),
        ({"vocab.json": b'{"a": "b"}', "merges.txt": b""}, "cannot be used"),
        ({"vocab.json": b'{"a": 0}', "merges.txt": b"b c\n"}, "cannot be used"),
        ({"vocab.json": b'{"a": -1}', "merges.txt": b""}, "cannot be used"),
        ({"vocab.json": b'{"a": 0}'}, "merges.txt cannot be read"),
    ],
)
def test_tokenizer_that_cannot_be_used_is_told(
    tmp_path: Path, files: dict[str, bytes], says: str
) -> None:
    folder = tmp_path / "tokenizer"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    with pytest.raises(BadFile, match=says):
        TokenCounter.load(tmp_path, readings)
