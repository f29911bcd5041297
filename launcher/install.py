"""Makes .venv hold what the lock says."""

import re
import shutil

from launcher.lock import RUNTIME_LOCK, TEST_LOCK, Pin, canonical, marker_holds, read_lock
from launcher.pip import run_pip
from launcher.place import State, Studio, alone, digest, venv_problem
from launcher.venv import make_ready
from launcher.words import masked, no_space, say

GIGABYTE = 1_000_000_000
TORCH = ("torch", "torchvision")
# What torch's own wheels bring for one kind of accelerator: belongs to the index they came from.
ACCELERATOR = re.compile(r"(nvidia|cuda|triton|pytorch-triton)(-|$)")


def prepare(studio: Studio, tests: bool, torch_index: str | None) -> None:
    """Makes .venv hold exactly what the lock says; does nothing when it does already."""

    def wish() -> State:
        state = studio.read_state()
        index = state.torch_index if torch_index is None else torch_index
        return State(torch_index=index, tests=tests or state.tests)

    def ready() -> bool:
        done = studio.read_state().done
        return done == digest(studio, wish()) and not venv_problem(studio)

    if ready():
        return
    studio.venv.mkdir(exist_ok=True)
    with alone(studio.venv / "launch.lock"):
        if not ready():
            install(studio, wish())


def install(studio: Studio, wish: State) -> None:
    """Any step may be cut off: the state says so until the last, and the next start repairs it."""
    make_ready(studio, wish)
    old = studio.read_state()
    pins = [pin for pin in read_lock(studio.lock(wish.tests)) if marker_holds(pin.marker)]
    locked = [pin for pin in pins if not (wish.torch_index and from_torch_index(pin.name))]
    torch = [pin for pin in pins if wish.torch_index and pin.name in TORCH]
    names = [pin.name for pin in locked]
    studio.write_state(old._replace(done=""))
    unwanted = removable(studio, old, wish, locked, torch)
    missing = not_installed(studio, [*locked, *torch], unwanted)
    check_space(studio, missing, bool(wish.torch_index))
    if unwanted:
        say(f"Removing {len(unwanted)} packages that are no longer wanted...")
        run_pip(studio, ["uninstall", "--yes", *sorted(unwanted)], 0)
    half_done = wish._replace(packages=tuple(sorted({*old.packages, *names})))
    studio.write_state(half_done)
    if missing:
        say(f"Installing {len(missing)} packages{fetch_words(missing)}...")
    install_locked(studio, wish, locked, len(missing))
    if torch:
        install_torch(studio, wish.torch_index, locked, torch)
    (studio.site / "darkroom.pth").write_text(str(studio.root) + "\n", encoding="utf-8")
    shutil.rmtree(studio.venv / "tmp", ignore_errors=True)
    studio.write_state(half_done._replace(packages=tuple(names), done=digest(studio, wish)))
    say("Installed.")


def installed_versions(studio: Studio) -> dict[str, str]:
    parts = [info.name[: -len(".dist-info")] for info in studio.site.glob("*.dist-info")]
    return {canonical(part.split("-")[0]): part.partition("-")[2] for part in parts}


def from_torch_index(name: str) -> bool:
    return name in TORCH or ACCELERATOR.match(name) is not None


def not_installed(studio: Studio, pins: list[Pin], unwanted: set[str]) -> list[Pin]:
    have = installed_versions(studio)
    return [
        pin
        for pin in pins
        if pin.name in unwanted or have.get(pin.name, "").split("+")[0] != pin.version.split("+")[0]
    ]


def removable(
    studio: Studio, old: State, wish: State, locked: list[Pin], torch: list[Pin]
) -> set[str]:
    """What has to go: our packages of an older lock, and a torch that came from another index.

    What somebody installed into .venv by hand stays.
    """
    have = installed_versions(studio)
    unwanted = set(old.packages) - {pin.name for pin in [*locked, *torch]}
    if old.torch_index != wish.torch_index:
        unwanted |= {name for name in have if from_torch_index(name)}
    # To pip a "2.15.0+cpu" is as good as the "2.15.0" of the lock; to us it is another build.
    unwanted |= {
        pin.name for pin in locked if "+" in have.get(pin.name, "") and "+" not in pin.version
    }
    return unwanted & set(have)


def heavy(missing: list[Pin]) -> int:
    return sum(from_torch_index(pin.name) for pin in missing)


def fetch_words(missing: list[Pin]) -> str:
    """What to expect; many heavy ones are the plain Linux build of torch with its CUDA set."""
    if not heavy(missing):
        return ""
    return " (about 3 GB to fetch, once)" if heavy(missing) > 10 else " (a large download, once)"


def check_space(studio: Studio, missing: list[Pin], other_index: bool) -> None:
    """Room for the files and, at the same time, for the wheels they come from.

    The plain Linux build took 9.2 GB, nearly all for its 22 heavy packages; another index: a guess.
    """
    needed = 0.3 + heavy(missing) * (1.5 if other_index else 0.44) if missing else 0.0
    free = studio.free(studio.venv) / GIGABYTE
    if free < needed:
        raise no_space(studio.venv, f"has {free:.1f} GB free; the install needs {needed:.1f} GB")


def install_locked(studio: Studio, wish: State, locked: list[Pin], missing: int) -> None:
    lock = studio.root / (TEST_LOCK if wish.tests else RUNTIME_LOCK)
    if wish.torch_index:
        lock = studio.venv / "wanted.txt"
        lock.write_text("".join(pin.block for pin in locked), encoding="utf-8")
    words = ["install", "--no-deps", "--require-hashes", "--only-binary=:all:", "-r", str(lock)]
    run_pip(studio, words, missing)


def install_torch(studio: Studio, index: str, locked: list[Pin], torch: list[Pin]) -> None:
    """torch and what it needs from its own index alone, beside the lock's versions of the rest."""
    say(f"Taking torch from {masked(index)}")
    fixed = studio.venv / "constraints.txt"
    fixed.write_text("".join(f"{pin.name}=={pin.version}\n" for pin in locked), encoding="utf-8")
    words = ["install", "--only-binary=:all:", "--index-url", index, "--constraint", str(fixed)]
    # A blank puts pip's configured value out of force, where an empty text would be passed over.
    only_this = {"PIP_NO_INDEX": "0", "PIP_EXTRA_INDEX_URL": " ", "PIP_FIND_LINKS": " "}
    wanted = [f"{pin.name}=={pin.version}" for pin in torch]
    run_pip(studio, [*words, *wanted], len(torch), only_this)
