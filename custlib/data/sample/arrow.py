"""Columns of Arrow tables from numpy arrays: money, days, words and ids."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def money(cents: NDArray, missing: NDArray | None = None) -> pa.Array:
    """Give cents as decimal(12, 2), exactly: Arrow keeps them as 128-bit integers."""
    pairs = np.empty((len(cents), 2), np.int64)
    pairs[:, 0], pairs[:, 1] = cents, cents >> 63
    whole = pa.Array.from_buffers(pa.decimal128(12, 2), len(cents), [None, pa.py_buffer(pairs.tobytes())])
    return whole if missing is None else whole.take(pa.array(np.arange(len(cents)), mask=missing))


def dates(days: NDArray, missing: NDArray | None = None) -> pa.Array:
    """Give days since 1970-01-01 as dates."""
    return pa.array(days.astype(np.int32), mask=missing).cast(pa.date32())


def words(words: tuple, index: NDArray, missing: NDArray | None = None) -> pa.DictionaryArray:
    """Give positions in a list of words as words."""
    return pa.DictionaryArray.from_arrays(
        pa.array(index.astype(np.int8), mask=missing), pa.array(words, pa.string())
    )


def named(ids: pa.Array, who: NDArray) -> pa.DictionaryArray:
    """Give customers' positions as their ids; NULL where the position is negative."""
    return pa.DictionaryArray.from_arrays(pa.array(who.astype(np.int32), mask=who < 0), ids)
