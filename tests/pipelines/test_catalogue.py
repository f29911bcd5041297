"""The catalogue lists what can be used, and says in words why the rest cannot."""

import json
import os
import pickle
import shutil
import socket

import pytest

from tests.pipelines.folders import TinyFamily, raw_safetensors, safetensors, write_checkpoint
from webui.builtin import FAMILIES
from webui.errors import BadFile
from webui.pipelines import scan
from webui.settings import HOUSE

FAMILY = (TinyFamily(),)


def names(listing):
    return [checkpoint.info.name for checkpoint in listing.checkpoints]


def problems(listing):
    """Why each broken file cannot be used. Every reason is one that can be shown and sent."""
    for file in listing.broken:
        assert f"{file.name}{file.problem}".isprintable()
        assert file.problem.endswith(".")
        assert len(file.problem) < 400
    return {file.name: file.problem for file in listing.broken}


@pytest.fixture
def models(tmp_path):
    """A models folder with one good checkpoint; whatever else lies there, it stays usable."""
    write_checkpoint(tmp_path / "good", title="Good one")
    (tmp_path / "checkpoints").mkdir()
    yield tmp_path
    assert "good" in names(scan(tmp_path, FAMILY))


def test_pocket_is_listed_whole():
    listing = scan(HOUSE / "models", FAMILIES)
    pocket = listing.find("pocket")
    assert (pocket.info.title, pocket.info.family) == ("Pocket", "sd1")
    assert pocket.facts.latent_channels == 4
    assert pocket.info.size == sum(f.stat().st_size for f in pocket.folder.rglob("*.safetensors"))
    assert pocket.info.defaults.width % 8 == 0
    assert {path.suffix for path in pocket.weights()} == {".safetensors", ".json"}


def test_folders_are_found_beside_and_below(models):
    write_checkpoint(models / "checkpoints" / "deep" / "er" / "house")
    write_checkpoint(models / "checkpoints" / "plain")
    listing = scan(models, FAMILY)
    assert names(listing) == ["good", "deep/er/house", "plain"]
    assert listing.broken == ()


@pytest.mark.parametrize("kind", ["missing", "empty", "file"])
def test_models_folder_without_anything_is_an_empty_list(tmp_path, kind):
    path = tmp_path / "models"
    if kind == "empty":
        path.mkdir()
    if kind == "file":
        path.write_text("in the way")
    listing = scan(path, FAMILY)
    assert (listing.checkpoints, listing.broken) == ((), ())
    with pytest.raises(BadFile, match="no longer in the models folder"):
        listing.find("good")


def test_card_of_a_checkpoint_sets_title_and_defaults(models):
    write_checkpoint(models / "card", title="My card", defaults={"steps": 9, "cfg_scale": 2})
    info = scan(models, FAMILY).find("card").info
    assert (info.title, info.defaults.steps, info.defaults.cfg_scale) == ("My card", 9, 2.0)


HEADER = json.dumps({"a": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]}}).encode()

FILES = {
    "text.safetensors": (b"hello, this is only text", "not a safetensors file"),
    "empty.safetensors": (b"", "not a safetensors file"),
    "short.safetensors": (b"\1\2\3", "not a safetensors file"),
    "cut.safetensors": (safetensors({"a": [1000]})[:-1], "cut short"),
    "cut in head.safetensors": (safetensors()[:20], "cut short"),
    "lie.safetensors": (b"\xff" * 8 + b"{}", "not a safetensors file"),
    "huge head.safetensors": ((1 << 30).to_bytes(8, "little") + b"{}", "not a safetensors file"),
    "no json.safetensors": (raw_safetensors(b"nonsense"), "not a safetensors file"),
    "list.safetensors": (raw_safetensors(b"[1, 2]"), "not a safetensors file"),
    "number.safetensors": (raw_safetensors(b"5"), "not a safetensors file"),
    "null.safetensors": (raw_safetensors(b"null"), "not a safetensors file"),
    "nested.safetensors": (raw_safetensors(b'{"a":' * 50_000), "not a safetensors file"),
    "bytes.safetensors": (raw_safetensors(b"\xff\xfe\xfd"), "not a safetensors file"),
    "page.safetensors": (b"<!doctype html><html>Please sign in</html>", "not a safetensors file"),
    "old.ckpt": (pickle.dumps({"a": 1}), "may hold program code"),
    "old.pt": (b"PK\3\4", "may hold program code"),
    "old.bin": (b"", "may hold program code"),
    "OLD.CKPT": (b"", "may hold program code"),
    "old.pth": (b"", "may hold program code"),
    "whole.safetensors": (raw_safetensors(HEADER, bytes(4)), "is a single file"),
}


@pytest.mark.parametrize("name", FILES)
def test_file_that_cannot_be_used_is_listed_with_the_reason(models, name):
    content, reason = FILES[name]
    (models / "checkpoints" / name).write_bytes(content)
    assert reason in problems(scan(models, FAMILY))[name]


@pytest.mark.parametrize(
    "entry",
    [
        5,
        None,
        [],
        "text",
        {},
        {"shape": [1]},
        {"data_offsets": [0, 2]},
        {"shape": 5, "data_offsets": [0, 2]},
        {"shape": None, "data_offsets": [0, 2]},
        {"shape": ["a"], "data_offsets": [0, 2]},
        {"shape": [-1], "data_offsets": [0, 2]},
        {"shape": [1.5], "data_offsets": [0, 2]},
        {"shape": [[1]], "data_offsets": [0, 2]},
        {"shape": [1], "data_offsets": []},
        {"shape": [1], "data_offsets": [0]},
        {"shape": [1], "data_offsets": ["0", "2"]},
        {"shape": [1], "data_offsets": [0, None]},
        {"shape": [1], "data_offsets": [0, float("nan")]},
        {"shape": [1], "data_offsets": [0, float("inf")]},
        {"shape": [1], "data_offsets": [0, -5]},
        {"shape": [1], "data_offsets": {"1": 2}},
    ],
    ids=lambda entry: json.dumps(entry)[:40],
)
def test_head_whose_entries_make_no_sense_is_refused(models, entry):
    content = raw_safetensors(json.dumps({"conv_in.weight": entry}).encode(), bytes(2))
    (models / "checkpoints" / "odd.safetensors").write_bytes(content)
    write_checkpoint(models / "odd")
    (models / "odd" / "unet" / "model.safetensors").write_bytes(content)
    found = problems(scan(models, FAMILY))
    assert "safetensors" in found["odd.safetensors"]
    assert "safetensors" in found["odd"]


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder", "tokenizer", "scheduler"])
def test_folder_that_lacks_a_part_is_told_which(models, part):
    shutil.rmtree(write_checkpoint(models / "half") / part)
    assert f"lacks its folder '{part}'" in problems(scan(models, FAMILY))["half"]


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
@pytest.mark.parametrize("how", ["missing", "cut", "text", "dangling", "circle", "folder", "pipe"])
def test_folder_whose_weights_are_not_whole_is_told_which(models, part, how):
    folder = write_checkpoint(models / "half")
    file = folder / part / "model.safetensors"
    content = file.read_bytes()
    file.unlink()
    if how == "cut":
        file.write_bytes(content[:-1])
    elif how == "text":
        file.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 400\n")
    elif how == "dangling":
        file.symlink_to(models / "nowhere")
    elif how == "circle":
        file.symlink_to(file)
    elif how == "folder":
        file.mkdir()
    elif how == "pipe":
        os.mkfifo(file)
    found = problems(scan(models, FAMILY))["half"]
    assert part in found or "model.safetensors" in found


def test_folder_of_an_unknown_architecture_is_told(models):
    write_checkpoint(models / "odd", {"something.else": [2]})
    assert "architecture" in problems(scan(models, FAMILY))["odd"]


CONFIGS = [
    b"",
    b"nonsense",
    b"[1]",
    b"null",
    b"5",
    b"\xff\xfe",
    b'{"a":' * 50_000,
    b'{"sample_size": "large"}',
    b'{"sample_size": [64, 64]}',
    b'{"sample_size": null}',
    b'{"sample_size": 1e999}',
    b'{"sample_size": 100000}',
    b'{"sample_size": 0}',
    b'{"sample_size": -8}',
    b'{"block_out_channels": 4, "beta_start": "x", "beta_schedule": [1], "prediction_type": {}}',
    b'{"latent_channels": "many", "num_train_timesteps": null}',
    b'{"block_out_channels": [], "num_train_timesteps": "all"}',
]


@pytest.mark.parametrize("part", ["unet", "vae", "scheduler"])
@pytest.mark.parametrize("content", CONFIGS, ids=lambda content: repr(content[:30])[2:-1])
def test_any_configuration_is_read_or_refused_but_never_breaks_the_list(tmp_path, part, content):
    """With the real family: it is the one that reads configurations."""
    pocket = HOUSE / "models" / "pocket"
    for folder in ("text_encoder", "unet", "vae", "tokenizer", "scheduler"):
        (tmp_path / "copy" / folder).mkdir(parents=True)
        for file in (pocket / folder).iterdir():
            (tmp_path / "copy" / folder / file.name).symlink_to(file)
    (tmp_path / "copy" / "model_index.json").write_text("{}")
    [config] = [name for name in os.listdir(pocket / part) if name.endswith("config.json")]
    (tmp_path / "copy" / part / config).unlink()
    (tmp_path / "copy" / part / config).write_bytes(content)
    listing = scan(tmp_path, FAMILIES)
    assert len(listing.checkpoints) + len(problems(listing)) == 1


@pytest.mark.parametrize(
    "card",
    [
        "nonsense",
        "[]",
        "null",
        '{"defaults": 5}',
        '{"defaults": []}',
        '{"defaults": {"steps": "many"}}',
        '{"defaults": {"steps": 0}}',
        '{"defaults": {"steps": 100000}}',
        '{"defaults": {"width": 7}}',
        '{"defaults": {"height": 1000000}}',
        '{"defaults": {"cfg_scale": -1}}',
        '{"defaults": {"cfg_scale": NaN}}',
        '{"defaults": {"cfg_scale": 1e400}}',
        '{"title":' * 50_000,
    ],
    ids=lambda card: card[:34],
)
def test_card_that_makes_no_sense_is_told(models, card):
    (write_checkpoint(models / "odd") / "darkroom.json").write_text(card)
    assert problems(scan(models, FAMILY))["odd"]


@pytest.mark.parametrize(
    "name", ["家", "Ünïcode", "with space", "a,b: c", "'quoted\"", "🏠", "x" * 200]
)
def test_name_in_any_language_is_fine(models, name):
    write_checkpoint(models / "checkpoints" / name)
    assert scan(models, FAMILY).find(name).info.name == name


@pytest.mark.parametrize("name", [b"two\nlines", b"bell\x07", b"half \xff", b"tab\there"])
def test_name_that_cannot_be_written_in_a_line_is_told(models, name):
    folder = os.path.join(os.fsencode(models / "checkpoints"), name)
    write_checkpoint(type(models)(os.fsdecode(folder)))
    with open(folder + b".safetensors", "wb") as file:
        file.write(safetensors())
    found = problems(scan(models, FAMILY))
    assert len(found) == 2


def test_two_checkpoints_of_one_name_are_told_apart(models):
    write_checkpoint(models / "checkpoints" / "good")
    listing = scan(models, FAMILY)
    assert names(listing) == ["good"]
    assert listing.find("good").folder == models / "good"
    assert "another checkpoint" in problems(listing)["good"]


def test_folders_linked_from_another_disk_are_found(models, tmp_path_factory):
    elsewhere = write_checkpoint(tmp_path_factory.mktemp("disk") / "linked")
    (models / "checkpoints" / "linked").symlink_to(elsewhere)
    (models / "checkpoints" / "disk").symlink_to(elsewhere.parent)
    assert {"linked", "disk/linked"} & set(names(scan(models, FAMILY)))


@pytest.mark.timeout(30)
def test_links_that_lead_in_a_circle_end(models):
    (models / "checkpoints" / "round").symlink_to(models / "checkpoints")
    (models / "checkpoints" / "self.safetensors").symlink_to("self.safetensors")
    (models / "checkpoints" / "gone.safetensors").symlink_to(models / "nowhere")
    found = problems(scan(models, FAMILY))
    assert set(found) == {"self.safetensors", "gone.safetensors"}


@pytest.mark.timeout(30)
def test_things_that_are_no_files_are_told_and_never_waited_for(models):
    os.mkfifo(models / "checkpoints" / "pipe.safetensors")
    (models / "checkpoints" / "folder.safetensors").mkdir()
    with socket.socket(socket.AF_UNIX) as line:
        here = os.getcwd()
        os.chdir(models / "checkpoints")
        try:
            line.bind("line.safetensors")
        finally:
            os.chdir(here)
        found = problems(scan(models, FAMILY))
    assert {"pipe.safetensors", "line.safetensors"} <= set(found)


def test_folder_that_may_not_be_read_is_passed_over(models):
    """As somebody who is not root, to whom the disk may say no."""
    write_checkpoint(models / "checkpoints" / "closed")
    secret = models / "checkpoints" / "secret.safetensors"
    secret.write_bytes(safetensors())
    for folder in (models, *models.parents):
        if folder.stat().st_uid == os.geteuid() and folder != folder.parent:
            folder.chmod(folder.stat().st_mode | 0o055)
    os.chmod(models / "checkpoints" / "closed", 0o600)
    os.chmod(secret, 0)
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    try:
        listing = scan(models, FAMILY)
    finally:
        if was_root:
            os.seteuid(0)
        os.chmod(models / "checkpoints" / "closed", 0o700)
    assert names(listing) == ["good"]
    assert "cannot be read" in problems(listing)["secret.safetensors"]


def test_parts_of_a_folder_are_not_listed_as_files(models):
    folder = write_checkpoint(models / "checkpoints" / "deep" / "house")
    (folder / "extra.safetensors").write_bytes(safetensors())
    (folder / "unet" / "old.bin").write_bytes(b"")
    listing = scan(models, FAMILY)
    assert names(listing) == ["good", "deep/house"]
    assert listing.broken == ()
