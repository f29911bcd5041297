"""Loading: found, imported, registered; what goes wrong ends as a status in plain words."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from textwrap import dedent

import pytest

from webui import builtin
from webui.builtin import FAMILIES, SAMPLERS, SCHEDULES
from webui.extension.loading import Means, load

from .folders import ALONE, SAMPLER, extension, loaded, manifest, only


def test_extension_is_ready_and_its_sampler_stands_beside_ours(tmp_path):
    extension(tmp_path, "my-ext")
    registry = loaded(tmp_path)
    (found,) = registry.extensions
    assert (found.status, found.stage, found.problem) == ("ready", "contributions", "")
    assert found.contributes == ("sampler My walk",)
    assert (found.name, found.version, found.description) == ("my-ext", "1.2", "A test.")
    assert registry.samplers[: len(SAMPLERS)] == SAMPLERS
    mine = registry.samplers[-1]
    assert (mine.id, mine.function) == ("my_walk", "webui_extensions.my_ext:walk")
    assert registry.owner_of("sampler", "my_walk") == "my-ext"
    assert registry.owner_of("sampler", "euler") is None


def test_what_we_ship_comes_through_the_same_hooks():
    registry = load((), builtin=builtin, means=ALONE)
    assert (registry.samplers, registry.schedules) == (SAMPLERS, SCHEDULES)
    assert registry.families == FAMILIES
    assert "canny" in [one.id for one in registry.preprocessors]
    assert "lanczos" in [one.id for one in registry.upscalers]
    assert "webui.adapters.formats:LORA" in [one.value for one in registry.lora_formats]
    assert registry.extensions == ()


def test_loading_leaves_the_search_path_alone_and_finds_neighbours(tmp_path):
    before = [*sys.path]
    entry = "from .inner.deep import hook, samplers"
    folder = extension(tmp_path, "with-parts", entry)
    (folder / "inner").mkdir()
    (folder / "inner" / "__init__.py").write_text("")
    (folder / "inner" / "deep.py").write_text("from ..walking import *\n")
    (folder / "walking.py").write_text(SAMPLER)
    assert only(tmp_path).status == "ready", only(tmp_path).problem
    assert sys.path == before
    assert "webui_extensions.with_parts.inner.deep" in sys.modules


def test_entry_may_be_another_module_and_the_folder_needs_no_init(tmp_path):
    folder = extension(tmp_path, "plain", more='entry = "plugin"\n', plugin=SAMPLER)
    (folder / "__init__.py").unlink()
    registry = loaded(tmp_path)
    assert registry.extensions[0].status == "ready", registry.extensions[0].problem
    assert registry.samplers[-1].function == "webui_extensions.plain.plugin:walk"


def test_pages_module_is_loaded_in_the_web_process_only(tmp_path):
    page = """
    from webui.extension import Panel, Route, Tab, hook

    def build(): ...
    def answer(name: str) -> str: return name

    @hook
    def tabs(): return [Tab("mine", "Mine", build)]
    @hook
    def panels(): return [Panel("mine", "Mine", "<p>words</p>")]
    @hook
    def routes(): return [Route("GET", "/hello/{name}", answer)]
    """
    extension(tmp_path, "paged", more='ui = "page"\n', page=page)
    web, worker = loaded(tmp_path), loaded(tmp_path, host="worker")
    assert [one.title for one in web.tabs] == ["Mine"]
    assert web.panels[0].html == "<p>words</p>"
    assert web.routes[0].path == "/extensions/paged/hello/{name}"
    assert web.owner_of("route", "GET /extensions/paged/hello/{name}") == "paged"
    assert (worker.tabs, worker.panels, worker.routes) == ((), (), ())
    assert worker.samplers[-1].id == "my_walk"


def test_contributors_of_the_page_are_not_asked_in_the_worker(tmp_path):
    entry = f"{SAMPLER}\n@hook\ndef tabs():\n    raise RuntimeError('no page here')\n"
    extension(tmp_path, "both", entry)
    assert only(tmp_path, host="worker").status == "ready"
    assert "no page here" in only(tmp_path).problem


def test_switched_off_extension_is_shown_and_not_imported(tmp_path):
    extension(tmp_path, "my-ext", f"open({str(tmp_path / 'ran')!r}, 'w').close()\n{SAMPLER}")
    found = only(tmp_path, switched_off={"my-ext"})
    assert (found.status, found.problem) == ("off", "It is switched off.")
    assert not (tmp_path / "ran").exists()


def test_folders_that_are_no_extensions_are_skipped_or_told(tmp_path):
    for name in (".git", "__pycache__", "_old"):
        (tmp_path / name).mkdir()
    (tmp_path / "README.md").write_text("words")
    (tmp_path / "a1111-thing").mkdir()
    found = only(tmp_path)
    assert (found.id, found.status, found.stage) == ("a1111-thing", "failed", "manifest")
    assert load([tmp_path / "nowhere"], means=ALONE).extensions == ()


@pytest.mark.parametrize(
    ("entry", "stage", "said"),
    [
        ("def samplers(:", "import", "SyntaxError: invalid syntax (__init__.py, line 1)"),
        (
            "x = 1\nimport nonsense_xyz",
            "import",
            "(__init__.py, line 2). Is nonsense_xyz installed",
        ),
        ("from . import nothing_here", "import", "cannot import name 'nothing_here'"),
        ("1 / 0", "import", "ZeroDivisionError: division by zero (__init__.py, line 1)"),
        ("raise SystemExit(3)", "import", "SystemExit: 3 (__init__.py, line 1)"),
        ("import sys; sys.exit()", "import", "SystemExit (__init__.py, line 1)"),
        ("raise KeyboardInterrupt", "import", "KeyboardInterrupt (__init__.py, line 1)"),
        ("raise GeneratorExit", "import", "GeneratorExit"),
        ("def f(): f()\nf()", "import", "RecursionError"),
        ("x = 1", "hooks", "It has no hook."),
        (
            "from webui.extension import hook\n@hook\ndef sampler(): ...",
            "hooks",
            "There is no hook 'sampler' (__init__.py, line 2). Did you mean 'samplers'?",
        ),
        (
            "from webui.extension import hook\n@hook\ndef samplers(app): ...",
            "hooks",
            "'samplers' (__init__.py, line 2) wants an argument 'app'. It is given none.",
        ),
        (
            "from webui.extension import hook\n@hook\ndef transform_image(image): ...",
            "hooks",
            "wants an argument 'image'. It is given: pixels, request, inputs, settings.",
        ),
        (
            "from webui.extension import hook\n@hook\ndef transform_image(pixels, **rest): ...",
            "hooks",
            "must name its arguments plainly",
        ),
        (
            "from webui.extension import hook\n@hook\ndef transform_image(pixels=None): ...",
            "hooks",
            "has a default for 'pixels'",
        ),
        (
            "from webui.extension import hook\n@hook(wrapper=True)\ndef samplers(): yield",
            "hooks",
            "cannot be a wrapper",
        ),
        (
            "from webui.extension import hook\n@hook\ndef samplers(): return 1 / 0",
            "hooks",
            "samplers() failed: ZeroDivisionError: division by zero (__init__.py, line 3)",
        ),
        (
            "from webui.extension import hook\n@hook\ndef samplers(): raise SystemExit",
            "hooks",
            "samplers() failed: SystemExit",
        ),
        (
            "from webui.extension import hook\n@hook\ndef samplers(): ...",
            "contributions",
            "samplers() (__init__.py, line 2) must return a list of at most 500, not None.",
        ),
        (
            "from webui.extension import hook\n@hook\ndef samplers(): return ['euler']",
            "contributions",
            "The sampler: this must be a Sampler, not a str.",
        ),
        (
            "from webui.extension import hook\n@hook\ndef samplers(): return [None] * 501",
            "contributions",
            "not a list of 501.",
        ),
        (
            "from webui.extension import hook\nclass Bad(list):\n"
            "  def __iter__(self): 1 / 0\n@hook\ndef samplers(): return Bad([1])",
            "contributions",
            "cannot be read: ZeroDivisionError: division by zero (__init__.py, line 3)",
        ),
    ],
)
def test_every_failure_has_its_stage_and_the_authors_line(tmp_path, entry, stage, said):
    extension(tmp_path, "broken", entry)
    extension(tmp_path, "fine")
    broken, fine = sorted(loaded(tmp_path).extensions, key=lambda one: one.id)
    assert (broken.status, broken.stage) == ("failed", stage)
    assert said in broken.problem
    assert fine.status == "ready"
    assert "webui_extensions.broken" not in sys.modules


def test_exception_that_cannot_even_speak_is_told_by_its_name(tmp_path):
    entry = "class Mute(Exception):\n  def __str__(self): raise Mute\nraise Mute"
    extension(tmp_path, "mute", entry)
    assert "It cannot be imported: Mute (__init__.py, line 3)." in only(tmp_path).problem


def test_import_that_does_not_end_is_given_up(tmp_path):
    extension(tmp_path, "slow", "import threading; threading.Event().wait()")
    found = only(tmp_path, means=Means(seconds=0.2, installed=tuple))
    assert (found.status, found.stage) == ("failed", "import")
    assert found.problem == "It took longer than 0.2 seconds to be imported."


def test_hook_that_does_not_end_is_given_up(tmp_path):
    entry = """
    import threading
    from webui.extension import hook

    @hook
    def samplers():
        threading.Event().wait()
    """
    extension(tmp_path, "slow", entry)
    found = only(tmp_path, means=Means(seconds=0.2, installed=tuple))
    assert (found.stage, found.problem) == (
        "hooks",
        "It took longer than 0.2 seconds to say what it contributes.",
    )


def test_interrupt_of_the_person_at_the_keyboard_is_not_the_extensions(tmp_path, monkeypatch):
    extension(tmp_path, "slow", "import threading; threading.Event().wait(5)")

    def interrupted(thread, seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("threading.Thread.join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        loaded(tmp_path, state=tmp_path / "state")
    assert not list((tmp_path / "state" / "extensions-loading").iterdir())


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "GeneratorExit", "ValueError"])
def test_object_that_fails_when_it_is_looked_at_is_told_and_others_are_loaded(tmp_path, error):
    odd = f"""
        class Odd:
            @property
            def __class__(self):
                raise {error}
        odd = Odd()
        """
    extension(tmp_path, "a-odd", odd)
    extension(tmp_path, "b-good")
    found = {one.id: one for one in loaded(tmp_path).extensions}
    assert (found["a-odd"].status, found["a-odd"].stage) == ("failed", "hooks")
    assert found["a-odd"].problem.startswith(f"Its hooks cannot be looked for: {error} (__init__")
    assert found["b-good"].status == "ready"


def test_all_of_an_extension_is_taken_or_nothing(tmp_path):
    entry = f"""{SAMPLER}
@hook
def schedules():
    return ["rubbish"]

@hook
def transform_image(pixels): ...
"""
    extension(tmp_path, "half", entry)
    registry = loaded(tmp_path)
    assert registry.extensions[0].status == "failed"
    assert registry.samplers == SAMPLERS
    assert registry.hooks == load((), builtin=builtin, means=ALONE).hooks


def test_two_folders_with_one_id_first_by_name_stays(tmp_path):
    for name in ("a-copy", "b-copy"):
        extension(tmp_path, name)
        (tmp_path / name / "pyproject.toml").write_text(manifest("twin"))
    first, second = loaded(tmp_path).extensions
    assert (first.status, first.folder.name) == ("ready", "a-copy")
    assert (second.status, second.id, second.stage) == ("failed", "twin", "manifest")
    assert str(first.folder) in second.problem
    assert str(second.folder) in second.problem


def test_newer_contract_is_refused_before_anything_runs(tmp_path):
    folder = extension(tmp_path, "future", "raise RuntimeError('imported')")
    (folder / "pyproject.toml").write_text(manifest("future").replace("api = 1", "api = 9"))
    assert "tool.webui.api is 9" in only(tmp_path).problem


@pytest.mark.parametrize(
    ("requires", "said"),
    [
        ('"nonsense-xyz>=1"', "It needs nonsense-xyz>=1, which is not installed. Install it:"),
        ('"numpy>=99"', "It needs numpy>=99; here is numpy "),
        ('"extension:other"', "It needs the extension 'other', which is not ready here."),
    ],
)
def test_requirement_that_is_not_met_is_told_before_anything_runs(tmp_path, requires, said):
    extension(tmp_path, "needy", "raise RuntimeError('ran')", f"requires = [{requires}]\n")
    found = only(tmp_path)
    assert (found.status, found.stage) == ("failed", "requirements")
    assert said in found.problem


def test_requirement_of_another_platform_does_not_count(tmp_path):
    more = "requires = ['nonsense-xyz; sys_platform == \"nowhere\"', 'NumPy']\n"
    extension(tmp_path, "careful", more=more)
    assert only(tmp_path).status == "ready"


def test_what_is_needed_is_loaded_first_whatever_the_names(tmp_path):
    needy = """
    from webui_extensions.zebra import walk
    from webui.extension import Sampler, hook

    @hook
    def samplers():
        return [Sampler("again", "Again", walk)]
    """
    extension(tmp_path, "ant", needy, 'requires = ["extension:zebra"]\n')
    extension(tmp_path, "zebra")
    registry = loaded(tmp_path)
    assert [one.id for one in registry.extensions] == ["zebra", "ant"]
    assert [one.status for one in registry.extensions] == ["ready", "ready"]
    assert registry.samplers[-1].function == "webui_extensions.zebra:walk"


def test_extension_that_needs_a_broken_one_or_one_that_is_off_says_so(tmp_path):
    extension(tmp_path, "ant", more='requires = ["extension:bee"]\n')
    extension(tmp_path, "bee", "1 / 0")
    assert loaded(tmp_path).extensions[1].problem.endswith("'bee', which is not working.")
    ant = loaded(tmp_path, switched_off={"bee"}).extensions[1]
    assert ant.problem.endswith("'bee', which is switched off.")


def test_circle_of_needs_ends(tmp_path):
    extension(tmp_path, "ant", more='requires = ["extension:bee"]\n')
    extension(tmp_path, "bee", more='requires = ["extension:ant"]\n')
    assert [one.status for one in loaded(tmp_path).extensions] == ["failed", "failed"]


def test_entry_that_is_not_there_is_told_without_an_import(tmp_path):
    extension(tmp_path, "lost", more='ui = "page"\n')
    assert only(tmp_path).problem == "tool.webui.ui: the folder holds no page.py."


def test_loading_again_takes_the_files_as_they_are_now(tmp_path):
    folder = extension(tmp_path, "my-ext")
    before = only(tmp_path)
    (folder / "__init__.py").write_text(SAMPLER.replace("My walk", "My other walk"))
    registry = loaded(tmp_path)
    assert registry.samplers[-1].label == "My other walk"
    assert registry.extensions[0].digest != before.digest


def test_hash_is_of_the_files_and_of_nothing_that_running_leaves(tmp_path):
    folder = extension(tmp_path / "a", "my-ext")
    extension(tmp_path / "b", "my-ext")
    first, other = only(tmp_path / "a").digest, only(tmp_path / "b").digest
    assert first == other == only(tmp_path / "a").digest
    assert len(first) == 64
    (folder / "weights.bin").symlink_to("/dev/zero")
    assert only(tmp_path / "a").digest == first


def test_extension_that_ends_the_program_is_off_at_the_next_start(tmp_path):
    extension(tmp_path / "ext", "bomb", "import os; os._exit(9)")
    extension(tmp_path / "ext", "fine")
    state = tmp_path / "state"
    program = dedent(f"""
        from pathlib import Path
        from webui.extension.loading import load
        load([Path({str(tmp_path / "ext")!r})], state=Path({str(state)!r}))
    """)
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 9
    bomb, fine = loaded(tmp_path / "ext", state=state).extensions
    assert (bomb.status, bomb.stage) == ("off", "import")
    assert bomb.problem == (
        "It ended the program while it was loaded. To try again: `webui extensions enable bomb`."
    )
    assert fine.status == "ready"


def test_mark_of_a_process_that_runs_still_is_no_crash(tmp_path):
    extension(tmp_path / "ext", "slow", "import sys; print('in', flush=True); sys.stdin.read()")
    state = tmp_path / "state"
    program = (
        "from pathlib import Path; from webui.extension.loading import Means, load;"
        f"load([Path({str(tmp_path / 'ext')!r})], state=Path({str(state)!r}), means=Means(60))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"in\n"
        (tmp_path / "ext" / "slow" / "__init__.py").write_text(SAMPLER)
        assert only(tmp_path / "ext", state=state).status == "ready"
        other.communicate(b"")
    assert not list((state / "extensions-loading").iterdir())


def test_installed_package_is_an_extension_by_its_entry_point(tmp_path, monkeypatch):
    package = extension(tmp_path, "walking_pkg", SAMPLER)
    (package / "pyproject.toml").rename(package / "webui.toml")
    (package / "webui.toml").write_text(manifest("walking"))
    monkeypatch.syspath_prepend(tmp_path)
    point = EntryPoint("walking", "walking_pkg", "webui.extensions")
    registry = load((), builtin=builtin, means=Means(installed=lambda: [point]))
    assert registry.extensions[0].status == "ready", registry.extensions[0].problem
    assert registry.samplers[-1].function == "walking_pkg:walk"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("nowhere_pkg", "There is no package 'nowhere_pkg'."),
        ("../evil", "There is no package '../evil'."),
        ("json", "json holds no pyproject.toml"),
    ],
)
def test_installed_package_that_is_none_is_told(value, said):
    point = EntryPoint("walking", value, "webui.extensions")
    (found,) = load((), means=Means(installed=lambda: [point])).extensions
    assert (found.status, found.id) == ("failed", "walking")
    assert said in found.problem


def test_loading_needs_neither_torch_nor_a_web_library(tmp_path):
    extension(tmp_path, "my-ext")
    program = (
        "import sys; from pathlib import Path; from webui import builtin;"
        "from webui.extension.loading import load; import webui.extension.acting;"
        f"load([Path({str(tmp_path)!r})], builtin=builtin);"
        "sys.exit(bool({'torch', 'gradio', 'fastapi', 'cv2'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_hundred_extensions_load_one_after_the_other(tmp_path):
    for number in range(100):
        text = SAMPLER.replace("my_walk", f"walk_{number}").replace("My walk", f"Walk {number}")
        extension(tmp_path, f"ext-{number:03}", text)
    registry = loaded(tmp_path)
    assert len(registry.samplers) == len(SAMPLERS) + 100


def test_timeout_of_the_authors_own_is_not_ours(tmp_path):
    extension(tmp_path, "net", "raise TimeoutError('no answer')")
    assert "TimeoutError: no answer (__init__.py, line 1)" in only(tmp_path).problem
