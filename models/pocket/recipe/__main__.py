"""`python -m models.pocket.recipe`: rebuilds the model, or goes on where it stopped.

With `--all` also its judge, the prompts it is judged by, and its companions.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from .companions.__main__ import MAKERS, Desk
from .device import pick_device
from .domain import DOMAINS
from .judge import train_judge
from .prompts import write_prompts
from .settings import MODEL_FOLDER, PLANS, WORK_FOLDER, Plan
from .train import build


def main() -> None:
    """Reads the command line and runs every stage that is not done yet."""
    here = "gpu" if pick_device().type == "cuda" else "cpu"
    parser = argparse.ArgumentParser(prog="python -m models.pocket.recipe", description=__doc__)
    parser.add_argument("--plan", choices=PLANS, default=here, help="sizes for this machine")
    parser.add_argument("--domain", choices=DOMAINS, help="how much of the painter's world")
    parser.add_argument("--minutes", type=float, dest="unet_minutes", help="UNet training")
    parser.add_argument("--vae-minutes", type=float)
    parser.add_argument("--polish-minutes", type=float, help="sharpening the decoder at the end")
    parser.add_argument("--pictures", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--work", type=Path, default=WORK_FOLDER, help="checkpoints, several GB")
    parser.add_argument("--out", type=Path, default=MODEL_FOLDER)
    parser.add_argument("--all", action="store_true", help="the judge and the companions, too")
    options = vars(parser.parse_args())
    plan, work, out = PLANS[options.pop("plan")], options.pop("work"), options.pop("out")
    everything = options.pop("all")
    plan = changed(plan, options)
    build(plan, work, out)
    if everything:
        _build_the_rest(plan, work, out)


def _build_the_rest(plan: Plan, work: Path, out: Path) -> None:
    domain = DOMAINS[plan.domain]
    train_judge(work / "judge", out / "judge", domain, plan.judge_epochs, plan.seed)
    write_prompts(domain, out / "judge")
    desk = Desk(out, out / "companions", work, domain, plan.companion_minutes, plan.seed)
    for name, make in MAKERS.items():
        print(f"{name}: {make(desk)}", flush=True)


def changed(plan: Plan, options: dict[str, object]) -> Plan:
    """The plan with every option that was given."""
    return replace(plan, **{name: value for name, value in options.items() if value is not None})


if __name__ == "__main__":
    main()
