"""The manager lends what is loaded, evicts what nobody holds, and says numbers when it is full."""

import shutil

import pytest
import torch

from tests.pipelines.folders import TinyFamily, write_checkpoint
from webui.calls import Enlarge
from webui.errors import BadFile, OutOfMemory
from webui.pipelines import Hashes, Shelf, scan
from webui.pipelines import manager as rooms
from webui.pipelines.manager import PipelineManager
from webui.pipelines.tuning import Tuning, Tunings, machine_key

CPU = torch.device("cpu")
MIB = 1 << 20
# Two bytes a weight on disk and four when loaded as float32.
MEGA = {"conv_in.weight": [512, 1024]}


@pytest.fixture
def models(tmp_path):
    for name in "abc":
        write_checkpoint(tmp_path / "models" / name, MEGA)
    return tmp_path / "models"


@pytest.fixture
def family():
    return TinyFamily(dict.fromkeys("abc", 6 * MIB))


@pytest.fixture
def build(models, family, tmp_path, monkeypatch):
    measured = []

    def tune(checkpoint, device):
        measured.append(checkpoint.info.name)
        return Tuning("float32", 1)

    monkeypatch.setattr(rooms, "tune", tune)

    def build(budget=None):
        manager = PipelineManager(
            lambda: scan(models, (family,)),
            Hashes(tmp_path / "hashes.json"),
            Tunings(tmp_path / "tuning.json"),
            Shelf(models, Hashes(None)),
            device=CPU,
            budget=budget,
        )
        manager.measured = measured
        return manager

    return build


def use(manager, *names):
    for name in names:
        with manager.lease(name) as pipeline:
            assert pipeline.checkpoint.info.name == name


def test_checkpoint_is_loaded_once_and_lent_again(build, family):
    manager = build()
    use(manager, "a", "a", "a")
    assert [name for name, _ in family.loads] == ["a"]
    assert manager.loaded == {"a": 6 * MIB}


def test_what_was_used_least_recently_goes_first(build, family):
    manager = build(13 * MIB)
    use(manager, "a", "b", "a", "c")
    assert list(manager.loaded) == ["a", "c"]
    use(manager, "b")
    assert list(manager.loaded) == ["c", "b"]
    assert [name for name, _ in family.loads] == ["a", "b", "c", "b"]


def test_what_is_lent_is_never_evicted(build):
    manager = build(13 * MIB)
    with manager.lease("a"):
        use(manager, "b", "c")
        assert set(manager.loaded) == {"a", "c"}
        with manager.lease("c"), pytest.raises(OutOfMemory) as full, manager.lease("b"):
            pass
    assert set(manager.loaded) == {"a", "c"}
    assert full.value.field == "checkpoint"
    use(manager, "b")
    assert "b" in manager.loaded


def test_lease_taken_twice_holds_until_both_are_given_back(build):
    manager = build(7 * MIB)
    with manager.lease("a"):
        with manager.lease("a"):
            pass
        with pytest.raises(OutOfMemory), manager.lease("b"):
            pass
    use(manager, "b")


def test_lease_is_given_back_when_the_work_fails(build):
    manager = build(7 * MIB)
    with pytest.raises(ZeroDivisionError), manager.lease("a"):
        raise ZeroDivisionError
    use(manager, "b")
    assert list(manager.loaded) == ["b"]


def test_too_large_a_checkpoint_is_told_with_the_numbers(build, family):
    manager = build(2 * MIB)
    with pytest.raises(OutOfMemory) as full, manager.lease("a"):
        pass
    assert "a needs about 6 MiB" in full.value.message
    assert "has 2 MiB left" in full.value.message
    assert family.loads == []


def test_too_large_a_checkpoint_says_what_others_hold(build):
    manager = build(8 * MIB)
    with (
        manager.lease("a"),
        pytest.raises(OutOfMemory, match="b needs about 6 MiB; the device has 2 MiB"),
        manager.lease("b"),
    ):
        pass


@pytest.mark.parametrize(
    "trouble",
    [MemoryError(), torch.OutOfMemoryError("CUDA out of memory")],
    ids=["host", "device"],
)
def test_memory_that_runs_out_while_loading_is_told_and_leaves_nothing_behind(
    build, family, trouble
):
    manager = build(100 * MIB)
    family.trouble = trouble
    with pytest.raises(OutOfMemory, match=r"a needs about .* MiB"), manager.lease("a"):
        pass
    assert manager.loaded == {}
    use(manager, "a")


def test_unknown_name_and_vanished_checkpoint_are_told_in_words(build, models):
    manager = build()
    with pytest.raises(BadFile, match="no longer in the models folder"), manager.lease("x"):
        pass
    with pytest.raises(BadFile):
        manager.facts("x")
    shutil.rmtree(models / "b")
    with pytest.raises(BadFile, match="b"), manager.lease("b"):
        pass
    use(manager, "a")


def test_checkpoint_that_came_later_is_found(build, models):
    manager = build()
    write_checkpoint(models / "new", MEGA)
    assert manager.facts("new").latent_channels == 4
    use(manager, "new")


def test_broken_checkpoint_does_not_stay_half_loaded(build, family):
    manager = build()
    family.trouble = BadFile("The checkpoint a cannot be loaded: it is damaged.")
    with pytest.raises(BadFile, match="damaged"), manager.lease("a"):
        pass
    assert manager.loaded == {}
    use(manager, "a")


def test_closing_lets_go_of_everything(build):
    manager = build()
    use(manager, "a", "b")
    manager.close()
    assert manager.loaded == {}


def test_measurement_is_made_once_for_a_checkpoint_and_kept_between_starts(build, family):
    use(build(), "a")
    second = build()
    use(second, "a")
    assert second.measured == ["a"]
    assert [dtype for _, dtype in family.loads] == [torch.float32, torch.float32]


def test_kept_measurement_decides_how_a_checkpoint_is_loaded(build, family, tmp_path, models):
    checkpoint = scan(models, (family,)).find("a")
    key = machine_key(Hashes(None).of(checkpoint), CPU)
    Tunings(tmp_path / "tuning.json").put(key, Tuning("bfloat16", 1))
    use(build(), "a")
    assert family.loads == [("a", torch.bfloat16)]


DAMAGED = [
    "",
    "nonsense",
    "[]",
    '{"k": null}',
    '{"k": 5}',
    '{"k": []}',
    '{"k": {}}',
    '{"k": {"dtype": "float32"}}',
    '{"k": {"dtype": "float8", "threads": 1}}',
    '{"k": {"dtype": ["float32"], "threads": 1}}',
    '{"k": {"dtype": null, "threads": 1}}',
    '{"k": {"dtype": "float32", "threads": 0}}',
    '{"k": {"dtype": "float32", "threads": -1}}',
    '{"k": {"dtype": "float32", "threads": "4"}}',
    '{"k": {"dtype": "float32", "threads": 2.5}}',
    '{"k": {"dtype": "float32", "threads": null}}',
    '{"k": {"dtype": "float32", "threads": 1000000000}}',
    '{"k":' * 50_000,
]


@pytest.mark.parametrize("content", DAMAGED, ids=lambda content: content[:46])
def test_damaged_measurement_is_ignored_and_replaced(tmp_path, content):
    path = tmp_path / "tuning.json"
    path.write_text(content)
    tunings = Tunings(path)
    assert tunings.get("k") is None
    tunings.put("k", Tuning("float32", 2))
    assert Tunings(path).get("k") == Tuning("float32", 2)


def test_measurements_of_several_checkpoints_are_kept_side_by_side(tmp_path):
    tunings = Tunings(tmp_path / "tuning.json")
    tunings.put("k", Tuning("float32", 2))
    tunings.put("l", Tuning("bfloat16", 1))
    assert tunings.get("k") == Tuning("float32", 2)
    assert tunings.get("l") == Tuning("bfloat16", 1)
    assert tunings.get("m") is None


def test_measurement_without_a_place_is_made_each_time():
    tunings = Tunings(None)
    tunings.put("k", Tuning("float32", 2))
    assert tunings.get("k") is None


def test_weights_that_a_request_named_are_lent_without_looking_at_the_disk_again(build, family):
    manager = build()
    with manager.lease("a") as pipeline:
        named = pipeline.sha256
    with manager.lease("a", named):
        pass
    assert [name for name, _ in family.loads] == ["a"]


def test_replaced_files_are_loaded_for_who_asks_for_them(build, models, family):
    manager = build()
    with manager.lease("a") as pipeline:
        old = pipeline.sha256
    replace_weights(models / "a")
    with manager.lease("a", old) as pipeline:
        assert pipeline.sha256 == old, "what is loaded still draws what was asked of it"
    new = Hashes(None).of(scan(models, (family,)).find("a"))
    with manager.lease("a", new) as pipeline:
        assert pipeline.sha256 == new != old
    assert [name for name, _ in family.loads] == ["a", "a"]


def test_replaced_files_never_draw_in_the_name_of_the_old_ones(build, models, family):
    named = Hashes(None).of(scan(models, (family,)).find("a"))
    manager = build()
    replace_weights(models / "a")
    with pytest.raises(BadFile, match="replaced since you asked"), manager.lease("a", named):
        pass
    assert not family.loads


def replace_weights(folder):
    shutil.rmtree(folder)
    write_checkpoint(folder, {"conv_in.weight": [8, 8]})


def test_another_number_format_is_lent_beside_the_usual_one(models, build):
    manager = build()
    with manager.lease("b") as usual, manager.lease("b", None, "bfloat16") as asked:
        assert (usual.tuning.dtype, asked.tuning.dtype) == ("float32", "bfloat16")
    with manager.lease("b", None, "float32") as again:
        assert again is usual
    assert sorted(manager.loaded) == ["b", "b@bfloat16"]
    assert manager.measured == ["b"]


def test_a_number_format_that_suits_no_cpu_is_not_obeyed(models, build):
    manager = build()
    with manager.lease("b", None, "float16") as lent:
        assert lent.tuning.dtype == "float32"


def test_without_a_name_the_bench_is_lent_which_loads_nothing(build, family, monkeypatch):
    def upscale(self, name, sha256, pixels):
        return pixels.repeat_interleave(2, 2).repeat_interleave(2, 3)

    monkeypatch.setattr("webui.pipelines.upscalers.Upscalers.upscale", upscale)
    calls = [Enlarge(torch.rand(1, 3, side, 8), "twice", "0" * 64) for side in (8, 16)]
    with build().lease("") as bench:
        answers = bench.answer(calls)
        assert bench.made_with == {"device": "cpu", "torch": torch.__version__}
    assert [tuple(answer.shape) for answer in answers] == [(1, 3, 16, 16), (1, 3, 32, 16)]
    assert not family.loads
