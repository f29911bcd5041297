"""Makes the pocket model's recipe importable: it lives beside its weights, not in the package."""

import sys
from pathlib import Path

POCKET = Path(__file__).resolve().parents[2] / "models" / "pocket"
sys.path.insert(0, str(POCKET))
