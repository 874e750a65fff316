"""Results that can be pickled."""

from __future__ import annotations

from typing import Any


class Kept:
    """What an object of the native half says, copied: it answers the same calls without arguments."""

    def __init__(self, native: Any, names: tuple[str, ...]) -> None:
        self._answers = {name: getattr(native, name)() for name in names}

    def __getattr__(self, name: str) -> Any:
        # Not by the attribute itself, which is missing while it is unpickled.
        answers = self.__dict__.get("_answers", {})
        if name not in answers:
            raise AttributeError(name)
        return lambda: answers[name]
