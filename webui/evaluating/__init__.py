"""Measuring a checkpoint: a fixed list of prompts is drawn and judged."""
