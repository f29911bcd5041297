"""What extensions contribute: checked, converted, and no name twice."""

from textwrap import indent

import pytest

from webui.builtin import SAMPLERS
from webui.request.choices import PreprocessorOption

from .folders import extension, loaded, only

HEAD = """
from math import inf
from webui.extension import *

def sampler(x, sigmas, noise, *, eta=0.5, s_tmax=inf, other=3): yield
def schedule(steps, trained, rho: float = 5.0, sigma_min=None): ...
def maker(pixels, a, b): ...
def larger(pixels): ...
def recognises(tensors): ...
def load(path, dtype, device): ...
def few(x, sigmas): ...
def many(x, sigmas, noise, strength): ...
def too_noisy(x, sigmas, noise, eta=9.0): yield
def nothing(): ...
def made():
    def inner(x, sigmas, noise): yield
    return inner
closure = made()
class Callable:
    def __call__(self, x, sigmas, noise): yield
    def method(self, x, sigmas, noise): yield
"""
METHODS = """
import math
def sampler(x, sigmas, noise, *, eta=0.25, s_tmax=math.inf, s_noise=1, solver_order=some()): yield
def few(x, sigmas): ...
async def later(x, sigmas, noise): ...
def any_number(*everything): yield
VALUE: object = object()
"""


def contributed(tmp_path, hook, *values, **modules):
    """An extension with this one hook, loaded."""
    body = indent(f"return [{', '.join(values)}]", "    ")
    entry = f"{HEAD}\n@hook\ndef {hook}():\n{body}\n"
    extension(tmp_path, "my-ext", entry, **modules)
    return loaded(tmp_path)


def problem(tmp_path, hook, *values, **modules):
    found = contributed(tmp_path, hook, *values, **modules).extensions[0]
    assert (found.status, found.stage) == ("failed", "contributions"), found.problem
    return found.problem


def test_options_of_a_sampler_are_those_keywords_that_requests_know(tmp_path):
    registry = contributed(tmp_path, "samplers", 'Sampler("a", "A", sampler, "karras", "Help.")')
    info = registry.samplers[-1]
    assert info.options == (("eta", 0.5), ("s_tmax", 0.0))
    assert (info.schedule, info.help) == ("karras", "Help.")


def test_function_named_in_words_is_read_and_not_imported(tmp_path):
    value = 'Sampler("a", "A", "methods:sampler", aliases=["a1"])'
    registry = contributed(
        tmp_path, "samplers", value, methods=f"{METHODS}\nraise RuntimeError('imported')"
    )
    assert registry.extensions[0].status == "ready", registry.extensions[0].problem
    info = registry.samplers[-1]
    assert info.function == "webui_extensions.my_ext.methods:sampler"
    assert info.options == (("eta", 0.25), ("s_tmax", 0.0), ("s_noise", 1))
    assert info.aliases == ("a1",)


def test_schedule_has_its_options_too(tmp_path):
    registry = contributed(tmp_path, "schedules", 'Schedule("a", "A", schedule)')
    assert registry.schedules[-1].options == (("rho", 5.0), ("sigma_min", None))


def test_preprocessor_has_its_numbers(tmp_path):
    option = 'PreprocessorOption("threshold_a", "Width", 1, 9, 3)'
    value = f'Preprocessor("a", "A", maker, "Lines", options=[{option}], suits=("canny",))'
    info = contributed(tmp_path, "preprocessors", value).preprocessors[-1]
    assert info.options == (PreprocessorOption("threshold_a", "Width", 1, 9, 3),)
    assert (info.group, info.suits, info.needs) == ("Lines", ("canny",), "")
    assert info.function == "webui_extensions.my_ext:maker"


def test_upscalers_formats_and_methods_have_full_names(tmp_path):
    registry = contributed(tmp_path, "upscalers", 'Upscaler("a", "A", 2, larger)')
    assert registry.upscalers[-1].function == "webui_extensions.my_ext:larger"
    other = tmp_path / "more"
    registry = contributed(
        other, "lora_formats", 'Format("a", "A", "methods:VALUE")', methods=METHODS
    )
    assert registry.lora_formats[-1].value == "webui_extensions.my_ext.methods:VALUE"
    another = tmp_path / "other"
    registry = contributed(another, "control_methods", 'ControlMethod("a", "A", recognises, load)')
    assert registry.control_methods[-1].load == "webui_extensions.my_ext:load"
    assert registry.owner_of("control_method", "a") == "my-ext"


def test_sampler_may_name_the_extensions_own_schedule(tmp_path):
    entry = f"""{HEAD}
@hook
def samplers(): return [Sampler("a", "A", sampler, "own")]
@hook
def schedules(): return [Schedule("own", "Own", schedule)]
"""
    extension(tmp_path, "my-ext", entry)
    assert only(tmp_path).contributes == ("sampler A", "schedule Own")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('Sampler("a", "A", lambda x, s, n: (yield))', "function cannot be a lambda (__init__.py"),
        ('Sampler("a", "A", closure)', "function cannot be 'made.<locals>.inner' (__init__.py"),
        ('Sampler("a", "A", Callable())', 'must be a function or its "module:name", not a Call'),
        ('Sampler("a", "A", Callable().method)', "function cannot be 'Callable.method'"),
        ('Sampler("a", "A", None)', 'must be a function or its "module:name", not a NoneType'),
        ('Sampler("a", "A", few)', "function is 'few' (__init__.py, line 11), which must take (x"),
        ('Sampler("a", "A", many)', "function is 'many' (__init__.py, line 12), which must take"),
        ('Sampler("a", "A", too_noisy)', "default of its keyword: eta must be a number from 0 to"),
        ('Sampler("a", "A", "methods")', "function must be \"module:name\", not 'methods'."),
        ('Sampler("a", "A", "no.such:f")', "the folder holds no no.such.py"),
        ('Sampler("a", "A", "../x:f")', 'function must be "module:name"'),
        ('Sampler("a", "A", "methods:gone")', "methods.py has no 'gone' at its top"),
        ('Sampler("a", "A", "methods:few")', "function is 'few' (methods.py, line 4)"),
        ('Sampler("a", "A", "broken:f")', "broken.py, line 1 is no Python"),
        ('Sampler("a", "A", "deep:f")', "names 'deep:f', but deep.py"),
        ('Sampler("1", "A", sampler)', "its id must be 1 to 60 letters, digits, underscores"),
        ('Sampler("a b", "A", sampler)', 'it is "a b"'),
        ('Sampler(None, "A", sampler)', "it is null"),
        ('Sampler("a", "", sampler)', "label must be a line"),
        ('Sampler("a", "A\\nB", sampler)', "label must be a line"),
        ('Sampler("a", "A", sampler, help=None)', "help must be text"),
        ('Sampler("a", "A", sampler, aliases="abc")', "aliases must be a list of texts"),
        ('Sampler("a", "A", sampler, "nowhere")', "there is no schedule 'nowhere'"),
        ('Sampler("euler", "A", sampler)', "name 'euler' is taken by 'Euler', which is built in"),
        ('Sampler("a", "EULER A", sampler)', "the name 'euler a' is taken by 'Euler a'"),
        ('Sampler("a", "A", sampler, aliases=("k_lms",))', "the name 'k_lms' is taken by 'LMS'"),
        ('Sampler("a", "A", sampler), Sampler("a", "A", few)', "function is 'few'"),
        ('Sampler("a", "A", sampler), Sampler("a", "A", sampler)', "sampler a is there twice"),
        ('Sampler("a", "A", sampler), Sampler("b", "A", sampler)', "'a' is taken by 'A'"),
        ("Sampler", "this must be a Sampler, not Sampler"),
        ('Schedule("a", "A", schedule)', "this must be a Sampler, not a Schedule"),
    ],
)
def test_sampler_that_is_unfit_is_refused_in_words(tmp_path, value, said):
    message = problem(
        tmp_path,
        "samplers",
        value,
        methods=METHODS,
        broken="def f(:",
        deep=f"f = {'(' * 5000}{')' * 5000}",
    )
    assert said in message
    assert message.startswith("The sampler")


@pytest.mark.parametrize(
    ("hook", "value", "said"),
    [
        ("schedules", 'Schedule("karras", "A", schedule)', "'karras' is taken by 'Karras'"),
        ("schedules", 'Schedule("a", "A", nothing)', "must take (steps, trained)"),
        ("preprocessors", 'Preprocessor("canny", "A", maker)', "'canny' is taken"),
        ("preprocessors", 'Preprocessor("a", "A", maker, options=[1])', "PreprocessorOption('thr"),
        (
            "preprocessors",
            'Preprocessor("a", "A", maker, options=[PreprocessorOption("threshold_b","B",0,1,0)])',
            "this must be PreprocessorOption('threshold_a', …)",
        ),
        (
            "preprocessors",
            'Preprocessor("a", "A", maker, options=[PreprocessorOption("threshold_a","B",5,1,0)])',
            "minimum <= default <= maximum",
        ),
        ("upscalers", 'Upscaler("a", "A", 0, larger)', "scale must be 1 to 8"),
        ("upscalers", 'Upscaler("a", "A", 2.5, larger)', "scale must be 1 to 8"),
        ("upscalers", 'Upscaler("lanczos", "A", 2, larger)', "'lanczos' is taken"),
        ("upscalers", 'Upscaler("latent", "A", 2, larger)', "'latent' is taken"),
        ("lora_formats", 'Format("a", "A", "methods:GONE")', "has no 'GONE' at its top"),
        ("lora_formats", 'Format("a", "A", 3)', "value must be text"),
        ("families", "object()", "must return objects with id, recognises, defaults, facts"),
        ("families", "Sampler", "families() must return objects"),
        ("tabs", 'Tab("a", "A", None)', "build must be a function"),
        ("panels", 'Panel("a", "A", None)', "html must be text"),
        ("routes", 'Route("LOOK", "/a", nothing)', "method must be one of GET"),
        ("routes", 'Route("GET", "a", nothing)', "path must be as"),
        ("routes", 'Route("GET", "/../api", nothing)', "path must be as"),
        ("routes", 'Route("GET", "//evil", nothing)', "path must be as"),
        ("routes", 'Route("GET", "/a", None)', "function must be a function"),
        (
            "routes",
            'Route("GET", "/a/{x}", nothing), Route("GET", "/a/{y}/", nothing)',
            "path must be as",
        ),
        (
            "routes",
            'Route("GET", "/a/{x}", nothing), Route("GET", "/a/{y}", nothing)',
            "The route GET /extensions/my-ext/a/{y} is there twice.",
        ),
    ],
)
def test_other_contributions_that_are_unfit_are_refused_in_words(tmp_path, hook, value, said):
    assert said in problem(tmp_path, hook, value, methods=METHODS)


def test_name_of_another_extension_is_taken_and_only_the_second_fails(tmp_path):
    extension(tmp_path, "first")
    extension(tmp_path, "second")
    first, second = loaded(tmp_path).extensions
    assert first.status == "ready"
    assert "taken by 'My walk', which is of the extension 'first'" in second.problem


def test_one_path_may_have_several_methods(tmp_path):
    values = 'Route("GET", "/a", nothing)', 'Route("POST", "/a", nothing)'
    assert len(contributed(tmp_path, "routes", *values).routes) == 2


def test_function_that_takes_anything_is_taken(tmp_path):
    value = 'Sampler("a", "A", "methods:any_number")'
    registry = contributed(tmp_path, "samplers", value, methods=METHODS)
    assert len(registry.samplers) == len(SAMPLERS) + 1
