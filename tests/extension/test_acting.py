"""Extensions that act on requests, recipes and pictures; their inputs; who acts at all."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch

from webui.builtin import Tools
from webui.calls import Decode, ReadInput
from webui.errors import ExtensionFailed, RequestRejected
from webui.extension import SavedImage
from webui.extension.acting import tell_saved, transformed_image, transformed_request
from webui.extension.wrapping import wrapped_recipe, wrapped_sampling
from webui.request import TextToImage, parse
from webui.request.resolved import ExtensionUsed
from webui.sampling import ImageNoise, euler
from webui.sampling.guarding import guarded

from .folders import extension, loaded

HOOK = "from webui.extension import hook\n@hook\n"
PIXELS = np.full((4, 6, 3), 100, np.uint8)
INPUTS = """
    [tool.webui.inputs.strength]
    type = "number"
    default = 0.5
    maximum = 1
    [tool.webui.settings.folder]
    type = "text"
    default = "here"
    """


def acting(home, hook, body, *, more="", id="mine", **how):
    """The transformers of an extension with one hook, and the registry."""
    extension(home, id, HOOK + body, more)
    registry = loaded(home, **how)
    (found,) = registry.extensions
    assert found.status == "ready", found.problem
    return registry.transformers(hook, [id]), registry


def image(tmp_path, body, inputs=None):
    found, _ = acting(tmp_path, "transform_image", f"def transform_image({body}", more=INPUTS)
    return transformed_image(PIXELS, found, None, {"mine": inputs or {"strength": 0.5}})


def test_picture_is_what_the_extension_makes_of_it_also_of_another_size(tmp_path):
    made = image(tmp_path, "pixels, inputs): return pixels[:2] // int(1 / inputs['strength'])")
    assert made.shape == (2, 6, 3)
    assert (made == 50).all()
    assert (PIXELS == 100).all()


def test_none_leaves_the_picture_and_writing_into_it_does_not_change_ours(tmp_path):
    assert (image(tmp_path, "pixels): pixels[:] = 0") == 100).all()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("pixels): return pixels[0]", "gave uint8 [6, 3]; it must be a uint8 array [height,"),
        ("pixels): return pixels / 255", "gave float64 [4, 6, 3]"),
        ("pixels): return pixels[:0]", "gave uint8 [0, 6, 3]"),
        ("pixels): return pixels[..., :1]", "gave uint8 [4, 6, 1]"),
        ("pixels): return 'done'", "gave a str"),
        ("pixels): 1 / 0", "failed: ZeroDivisionError: division by zero (__init__.py, line 3)"),
        ("pixels): exit()", "failed: SystemExit"),
        ("pixels): raise KeyboardInterrupt", "failed: KeyboardInterrupt"),
        ("pixels): raise GeneratorExit", "failed: GeneratorExit"),
        ("pixels): raise __import__('asyncio').CancelledError", "failed: CancelledError"),
        ("pixels): return pixels.repeat(5000, 0)", "with sides from 1"),
    ],
)
def test_what_is_no_picture_fails_the_job_by_name(tmp_path, body, said):
    with pytest.raises(ExtensionFailed) as failed:
        image(tmp_path, body)
    assert said in failed.value.message
    assert failed.value.message.startswith("transform_image of the extension 'mine' ")
    assert "switch the extension off" in failed.value.message


def test_settings_reach_the_hook_and_those_that_no_longer_fit_are_the_usual(tmp_path):
    body = "def transform_image(pixels, settings): raise ValueError(settings['folder'])"
    for stored, seen in (({"folder": "there"}, "there"), ({"folder": 3, "gone": 1}, "here")):
        home = tmp_path / seen
        found, _ = acting(home, "transform_image", body, more=INPUTS, settings={"mine": stored})
        with pytest.raises(ExtensionFailed, match=f"ValueError: {seen}"):
            transformed_image(PIXELS, found, None, {})


def request(tmp_path, body, asked=None):
    found, _ = acting(tmp_path, "transform_request", f"def transform_request({body}")
    return transformed_request(asked or TextToImage(prompt="a"), found, {})


def test_request_is_changed_and_read_anew(tmp_path):
    update = "{'prompt': request.prompt + '!', 'steps': 9}"
    made = request(tmp_path, f"request): return request.model_copy(update={update})")
    assert made == TextToImage(prompt="a!", steps=9)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("request): return request.model_copy(update={'steps': 999})", "steps must be a whole"),
        ("request): return {'prompt': 'b'}", "gave a dict; it must give a TextToImage"),
        ("request): return request.no_such", "failed: AttributeError"),
    ],
)
def test_request_that_is_not_valid_any_more_fails_by_name(tmp_path, body, said):
    with pytest.raises(ExtensionFailed, match="transform_request of the extension 'mine'") as err:
        request(tmp_path, body)
    assert said in err.value.message


def test_extension_may_refuse_a_request_in_plain_words(tmp_path):
    body = (
        "request):\n from webui.errors import RequestRejected\n"
        " raise RequestRejected('No red today.', field='prompt')"
    )
    with pytest.raises(RequestRejected, match="No red today"):
        request(tmp_path, body)


def recipe():
    yield ReadInput("ab")
    return torch.zeros(1, 2, 2, 3, dtype=torch.uint8)


def drawn(generator):
    """Answer every call with None."""
    try:
        calls = [next(generator)]
        while True:
            calls.append(generator.send(None))
    except StopIteration as end:
        return calls, end.value


def whole(tmp_path, body):
    found, _ = acting(tmp_path, "wrap_recipe", f"def wrap_recipe({body}")
    return drawn(wrapped_recipe(recipe(), found, None, {}))


def test_recipe_may_be_wrapped_with_further_calls(tmp_path):
    body = (
        "recipe):\n from webui.calls import Decode\n picture = yield from recipe\n"
        " yield Decode(None)\n return picture + 7"
    )
    calls, picture = whole(tmp_path, body)
    assert [type(call) for call in calls] == [ReadInput, Decode]
    assert picture.unique().tolist() == [7]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("recipe): yield 3", "asked with a int; it must yield calls."),
        ("recipe): return (yield from ())", "returned a NoneType; it must be a uint8 tensor"),
        ("recipe): return (yield from recipe)[0]", "returned uint8 [2, 2, 3]"),
        ("recipe): recipe.shape = yield from recipe", "failed: AttributeError"),
        (
            "recipe):\n yield from recipe\n return type('P', (), {'shape': 3})()",
            "failed: TypeError",
        ),
        ("recipe): return (yield from recipe).float()", "returned float32 [1, 2, 2, 3]"),
        ("recipe): 1 / 0", "failed: ZeroDivisionError"),
        ("recipe): return 3", "gave a int where a generator is needed"),
    ],
)
def test_wrapper_of_a_recipe_that_is_unfit_fails_by_name(tmp_path, body, said):
    with pytest.raises(ExtensionFailed, match="wrap_recipe of the extension 'mine'") as err:
        whole(tmp_path, body)
    assert said in err.value.message


def test_error_of_the_recipe_itself_stays_its_own(tmp_path):
    found, _ = acting(
        tmp_path, "wrap_recipe", "def wrap_recipe(recipe): return (yield from recipe)"
    )

    def broken():
        yield ReadInput("ab")
        raise RequestRejected("ours")

    with pytest.raises(RequestRejected, match="ours"):
        drawn(wrapped_recipe(broken(), found, None, {}))


def test_observer_that_fails_is_logged_and_the_others_hear(tmp_path, caplog):
    extension(tmp_path, "a-bad", HOOK + "def image_saved(image): 1 / 0")
    heard = tmp_path / "heard"
    extension(
        tmp_path, "b-good", f"{HOOK}def image_saved(image): open({str(heard)!r}, 'w').close()"
    )
    registry = loaded(tmp_path)
    saved = SavedImage("1", "me", Path("x.png"), None)
    with caplog.at_level(logging.WARNING):
        tell_saved(saved, registry.transformers("image_saved", ["a-bad", "b-good", "gone"]))
    assert heard.exists()
    assert "image_saved of the extension 'a-bad' failed: ZeroDivisionError" in caplog.text


def test_sampling_is_wrapped_with_request_and_inputs(tmp_path):
    body = (
        "def wrap_sampling(sampling, request, inputs):\n"
        " assert (request, inputs) == ('the request', {'strength': 0.25})\n"
        " return (yield from sampling)"
    )
    found, _ = acting(tmp_path, "wrap_sampling", body)
    noise = ImageNoise([1], (1, 2, 2))
    x = noise.draw()
    plain = euler(x, (2.0, 0.0), noise)
    around = wrapped_sampling(plain, found, "the request", {"mine": {"strength": 0.25}}, x, 1)
    assert next(around).sigma == 2.0


# --- who acts ---


def test_extension_acts_where_it_is_asked_or_always(tmp_path):
    body = f"{HOOK}def transform_image(pixels): ..."
    extension(tmp_path, "asked", body, INPUTS)
    extension(tmp_path, "every", body, 'acts = "always"\n')
    extension(tmp_path, "quiet", more='acts = "always"\n')  # has a sampler alone
    registry = loaded(tmp_path)
    assert registry.acting([]) == ("every",)
    assert registry.acting(["asked"]) == ("asked", "every")
    assert registry.inputs_of({}) == {"every": {}}
    assert registry.inputs_of({"asked": {"strength": 1}}) == {
        "asked": {"strength": 1.0},
        "every": {},
    }
    assert [id for id, _ in registry.transformers("transform_image", ["asked"])] == ["asked"]


@pytest.mark.parametrize(
    ("asked", "said", "field"),
    [
        ({"gone": {}}, 'There is no extension "gone" here. There is: fine.', "extensions.gone"),
        ({"bad": {}}, "The extension 'bad' cannot be used: It cannot be imp", "extensions.bad"),
        ({"fine": {"x": 1}}, "There is no input", "extensions.fine.x"),
        ({"fine": {"strength": 2}}, "must be a number to 1", "extensions.fine.strength"),
    ],
)
def test_request_that_names_what_cannot_act_is_refused(tmp_path, asked, said, field):
    extension(tmp_path, "fine", f"{HOOK}def transform_image(pixels): ...", INPUTS)
    extension(tmp_path, "bad", "1 / 0")
    with pytest.raises(RequestRejected) as refused:
        loaded(tmp_path).inputs_of(asked)
    assert said in refused.value.message
    assert refused.value.field == field


def test_picture_is_never_made_in_silence_without_what_it_asks_for(tmp_path):
    extension(tmp_path, "off", f"{HOOK}def transform_image(pixels): ...")
    registry = loaded(tmp_path, switched_off={"off"})
    for id, why in (("off", " It is switched off."), ("gone", "")):
        with pytest.raises(ExtensionFailed) as failed:
            registry.transformers("transform_image", [id])
        assert failed.value.message == (
            f"The extension '{id}', which has a part in this picture, is not running.{why}"
        )


def test_hooks_act_in_the_order_of_the_extensions_but_for_first_and_last(tmp_path):
    for id, how in (("a", "trylast=True"), ("b", ""), ("c", ""), ("d", "tryfirst=True")):
        text = f"from webui.extension import hook\n@hook({how})\ndef image_saved(image): ..."
        extension(tmp_path, f"ext-{id}", text)
    found = loaded(tmp_path).transformers("image_saved", [f"ext-{id}" for id in "abcd"])
    assert [id for id, _ in found] == ["ext-d", "ext-b", "ext-c", "ext-a"]


# --- tools ---

CONTRIBUTING = """
from webui.extension import *
import torch

def walk(x, sigmas, noise, eta=0.0): yield x, -1.0
def flat(steps, trained): return [1.0] * (steps + 1)
def maker(pixels, a, b): return pixels[:1]
def larger(pixels): return pixels

@hook
def samplers(): return [Sampler("walk", "Walk", walk)]
@hook
def schedules(): return [Schedule("flat", "Flat", flat)]
@hook
def preprocessors(): return [Preprocessor("maker", "Maker", maker)]
@hook
def upscalers(): return [Upscaler("larger", "Larger", 2, larger)]
"""


def test_functions_of_extensions_come_out_guarded(tmp_path):
    extension(tmp_path, "mine", CONTRIBUTING)
    tools = Tools(loaded(tmp_path))
    x = torch.ones(1, 1, 2, 2)
    for use, said in (
        (lambda: next(tools.sampler("walk", {"eta": 1.0})(x, (2.0, 0.0), None)), "level -1"),
        (lambda: tools.schedule("flat")(3, None), "gave levels that do not fall after 1, in 3"),
        (lambda: tools.preprocessor("maker")(PIXELS, 0, 0), "gave a map of [1, 6, 3] for a"),
        (lambda: tools.upscaler("larger")(torch.ones(1, 3, 2, 2)), "must be a float32 tensor [1,"),
    ):
        with pytest.raises(ExtensionFailed) as failed:
            use()
        assert said in failed.value.message
        assert "of the extension 'mine'" in failed.value.message
        assert failed.value.extension == "mine"


def test_our_own_functions_are_what_they_were(tmp_path):
    tools = Tools()
    assert tools.sampler("euler").func is euler
    assert tools.preprocessor("invert")(PIXELS, 0, 0)[0, 0, 0] == 155
    assert tools.upscaler("lanczos") is None
    with pytest.raises(RequestRejected, match=r"sampler .* is not known"):
        tools.sampler("nonsense")


def test_nothing_is_put_around_a_request_that_asks_for_nothing(resolved):
    tools = Tools()
    made = recipe()
    assert tools.wrapped(euler, resolved) is euler
    assert tools.whole(made, resolved) is made


def test_recipe_of_a_request_that_asks_is_whole_with_its_picture_transformed(tmp_path, resolved):
    extension(tmp_path, "mine", f"{HOOK}def transform_image(pixels): return pixels[:1] + 5")
    tools = Tools(loaded(tmp_path))
    asked = resolved.model_copy(update={"extensions": {"mine": {}}})
    calls, picture = drawn(tools.whole(recipe(), asked))
    assert (len(calls), tuple(picture.shape)) == (1, (1, 1, 2, 3))
    assert picture.unique().tolist() == [5]


# --- what a request records of those that act ---

REVEALING = HOOK + "def transform_image(pixels, settings): raise ValueError(settings['folder'])"


def recorded(resolved, registry, **changes):
    """A request of which the extension `mine` is part as the studio saw it."""
    found = registry.extension("mine")
    used = {"id": "mine", "version": "1.2", "digest": found.digest, **changes.pop("used", {})}
    request = resolved.model_copy(update={"extensions": {"mine": {}}, **changes})
    return request.model_copy(update={"used": (ExtensionUsed.model_validate(used),)})


@pytest.mark.parametrize(
    ("kept", "seen"), [({"folder": "there"}, "there"), ({"folder": 3, "gone": 1}, "here")]
)
def test_worker_acts_with_the_settings_of_the_request_not_with_its_own(
    tmp_path, resolved, kept, seen
):
    extension(tmp_path, "mine", REVEALING, INPUTS)
    registry = loaded(tmp_path, settings={"mine": {"folder": "elsewhere"}})
    request = recorded(resolved, registry, used={"settings": kept})
    with pytest.raises(ExtensionFailed, match=f"ValueError: {seen}"):
        drawn(Tools(registry).whole(recipe(), request))


def test_extension_that_was_changed_meanwhile_draws_nothing_but_remakes(tmp_path, resolved):
    extension(tmp_path, "mine", f"{HOOK}def transform_image(pixels): return pixels + 5")
    registry = loaded(tmp_path)
    tools, other = Tools(registry), {"used": {"digest": "ab" * 32}}
    request = recorded(resolved, registry, exact=False, **other)
    for use in (lambda: tools.whole(recipe(), request), lambda: tools.wrapped(euler, request)):
        with pytest.raises(ExtensionFailed, match="'mine' was changed since the studio started"):
            use()
    again = recorded(resolved, registry, exact=True, **other)
    assert drawn(tools.whole(recipe(), again))[1].unique().tolist() == [5]


def test_sampler_of_an_extension_that_is_gone_is_missed_before_anything_is_drawn(resolved):
    used = ExtensionUsed(id="gone", version="1", digest="ab" * 32)
    with pytest.raises(ExtensionFailed, match="'gone', which has a part in this picture, is not"):
        Tools().wrapped(euler, resolved.model_copy(update={"used": (used,)}))


def test_guarded_sampler_of_a_registry_names_its_label(tmp_path):
    extension(tmp_path, "mine", CONTRIBUTING)
    guard = loaded(tmp_path).guard("mine", "The sampler 'Walk'")
    assert callable(guarded(lambda x, sigmas, noise: None, guard))
    assert guard.what == "The sampler 'Walk' of the extension 'mine'"


def test_request_with_parts_and_inputs_goes_through_whole(tmp_path):
    whole = {
        "prompt": "a",
        "styles": ["x"],
        "controls": [{"model": "edges", "image": "ab" * 32, "weight": 0.5}],
        "extensions": {"mine": {"strength": 0.5}},
    }
    for more in ({}, {"kind": "image_to_image", "init": ["ab" * 32, "cd" * 32]}):
        asked = parse({**whole, **more})
        home = tmp_path / asked.kind
        body = "request): return request.model_copy(update={'prompt': 'b'})"
        assert request(home, body, asked) == asked.model_copy(update={"prompt": "b"})
