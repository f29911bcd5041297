"""The judge reads what the recipe wrote, looks at any picture, and refuses damaged files."""

import pytest
from PIL import Image

from webui.errors import WebuiError
from webui.evaluating.judge import Judge, Seen, to_tensor
from webui.settings import HOUSE

FOLDER = HOUSE / "models/pocket/judge"


@pytest.fixture(scope="module")
def judge():
    return Judge.load(FOLDER)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P"])
def test_pictures_of_any_mode_and_size_become_equal_tensors(mode):
    tensor = to_tensor([Image.new(mode, (37, 200)), Image.new(mode, (128, 128))])
    assert tensor.shape == (2, 3, 128, 128)
    assert (tensor == -1).all()


def test_empty_night_holds_nothing(judge):
    (seen,) = judge.look([Image.new("RGB", (128, 128), (28, 30, 66))])
    assert seen == Seen((), "plain", "night", seen.style)


def test_features_are_one_row_a_picture(judge):
    assert judge.features([Image.new("RGB", (64, 64))] * 3).shape == (3, 256)


@pytest.mark.parametrize(
    ("name", "data"),
    [("judge.json", b"{"), ("judge.json", b'{"kinds": []}'), ("judge.safetensors", b"no")],
)
def test_damaged_judge_is_refused_in_words(tmp_path, name, data):
    for path in FOLDER.glob("judge.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(data)
    with pytest.raises(WebuiError, match="cannot be read"):
        Judge.load(tmp_path)
