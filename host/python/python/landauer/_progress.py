"""A progress bar, where there is tqdm and somebody who looks."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Callable, Optional, Union

import numpy as np

from ._errors import UsageError

Report = Callable[[int, int], object]
"""Called with what is done and all that there is to do."""


class Progress:
    """Gives a function for the native half, which shows how far the work is."""

    def __init__(self, wanted: Union[bool, Report, None], what: str) -> None:
        self._bar: Any = None
        self.report: Optional[Report] = None
        if not (wanted is None or isinstance(wanted, (bool, np.bool_)) or callable(wanted)):
            raise UsageError(f"progress is {wanted!r}: give True or False, or a function that is told how far it is")
        if callable(wanted):
            self.report = wanted
        elif wanted or (wanted is None and sys.stderr is not None and sys.stderr.isatty()):
            try:
                from tqdm.auto import tqdm
            except ImportError:
                return
            self._bar = tqdm(total=0, desc=what, unit="sample", unit_scale=True, leave=False, delay=0.5)
            self.report = self._show

    def _show(self, done: int, total: int) -> None:
        if self._bar.total != total:
            self._bar.reset(total=total)
        self._bar.update(done - self._bar.n)

    def note(self, words: str) -> None:
        """Puts words behind the bar, where there is one, when it is drawn next."""
        if self._bar is not None:
            self._bar.set_postfix_str(words, refresh=False)

    def __enter__(self) -> Optional[Report]:
        return self.report

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if self._bar is not None:
            self._bar.close()
