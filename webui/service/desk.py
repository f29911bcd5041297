"""The desk: what the studio does with words and found pictures, for which no engine is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from webui.errors import BadFile, NotFound, RequestRejected
from webui.families.counting import TokenCounter
from webui.request import Choices
from webui.request.choices import Style
from webui.service.reading import cannot_be_read, found_in, problems_in
from webui.service.views import FoundView, PromptsView, PromptView, WordsView
from webui.service.words import Words

_STEPS = 20


@dataclass(frozen=True, slots=True)
class Desk:
    """`counter_of` gives the token counter of a checkpoint, None where it has no tokenizer.

    `hashes`: sha256 of checkpoints by name, as far as they are known without computing.
    `vectors`: how many an embedding has, by its name.
    """

    words: Words
    choices: Callable[[], Choices]
    counter_of: Callable[[str], TokenCounter | None]
    hashes: Callable[[], Mapping[str, str]] = dict[str, str]
    vectors: Callable[[], Mapping[str, int]] = dict[str, int]

    def found(self, source: Path | bytes | str) -> FoundView:
        """What a picture or a pasted text says of how it was made; or why it cannot be read."""
        try:
            return found_in(source, self.choices(), self.hashes())
        except BadFile as error:
            return cannot_be_read(error)

    def check(
        self, prompt: str, negative_prompt: str, checkpoint: str, steps: int | None
    ) -> PromptsView:
        """Tokens and odd places of both prompts. Never waits for the engine."""
        counter, vectors = self._counter(checkpoint), self.vectors()

        def view(text: str, *, is_negative: bool = False) -> PromptView:
            count = (
                counter.count(text, steps or _STEPS, is_negative=is_negative, words=vectors)
                if counter
                else None
            )
            return PromptView(
                tokens=count.tokens if count else None,
                limit=count.limit if count else None,
                windows=count.windows if count else None,
                problems=problems_in(text, self.words.wildcards),
            )

        return PromptsView(
            prompt=view(prompt), negative_prompt=view(negative_prompt, is_negative=True)
        )

    def names(self) -> WordsView:
        """What prompts may name."""
        choices = self.choices()
        return WordsView(
            wildcards=tuple(self.words.wildcards.names()),
            styles=tuple(style.name for style in self.words.styles),
            loras=choices.loras,
            embeddings=choices.embeddings,
        )

    def styles(self) -> tuple[Style, ...]:
        """Every style. Raises BadFile where the file of styles is none."""
        return self.words.sheet().styles

    def style(self, name: str) -> Style:
        """Raises NotFound."""
        for style in self.styles():
            if style.name == name:
                return style
        raise NotFound(f"There is no style {name!r}.")

    def keep_style(self, style: Style) -> None:
        """Add or replace a style. Raises RequestRejected, BadFile or DiskTrouble."""
        if not style.name.strip():
            raise RequestRejected("A style needs a name.", field="name")
        self.words.keep_style(style)

    def drop_style(self, name: str) -> None:
        """Remove a style. Raises NotFound."""
        self.words.drop_style(name)

    def _counter(self, checkpoint: str) -> TokenCounter | None:
        try:
            return self.counter_of(self.choices().checkpoint(checkpoint).name)
        except (RequestRejected, BadFile):
            return None
