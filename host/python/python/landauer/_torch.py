"""Data sets for PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

import torch

if TYPE_CHECKING:
    from ._dataset import Dataset


class TorchDataset(torch.utils.data.Dataset):  # type: ignore[misc, name-defined, unused-ignore]
    """On-site energies and what is to be predicted, of one sample each: what `Dataset.torch` gives.

    A ``DataLoader`` asks it for the samples of a batch together. It can be pickled, and used after a ``fork``.
    """

    def __init__(self, data: Dataset, target: Optional[str], dtype: Optional[torch.dtype], channel: bool) -> None:
        self.data = data
        """The data set."""
        self.target = data._target(target)[0]
        """What is to be predicted."""
        self.dtype = torch.get_default_dtype() if dtype is None else dtype
        """The type of both tensors."""
        self.channel = channel
        """Whether on-site energies have an axis of one channel, as convolutions take them."""

    def __len__(self) -> int:
        return self.data.samples

    def _read(self, samples: Any) -> tuple[torch.Tensor, torch.Tensor]:
        onsite = torch.from_numpy(self.data.onsite[samples]).to(self.dtype)
        target = torch.as_tensor(getattr(self.data, self.target)[samples]).to(self.dtype)
        return onsite.unsqueeze(-3) if self.channel else onsite, target

    def __getitem__(self, sample: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self._read(sample)

    def __getitems__(self, samples: list[int]) -> list[tuple[torch.Tensor, torch.Tensor]]:
        return list(zip(*self._read(samples)))

    def __repr__(self) -> str:
        return f"<TorchDataset of {self.data!r}, {self.target}>"
