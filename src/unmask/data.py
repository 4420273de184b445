"""DATA on a command line -> rows of token ids: a text file, JSONL, a folder of either, token arrays, or `zoo:NAME`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unmask.errors import ArgumentError, DataError

TEXT_CAP = 2**30


def read_documents(data: str, split: str = "calibration", field: str = "text") -> list[str]:
    """The texts that DATA names.

    Args:
        data: a text file; a .jsonl file (one object a line, text under `field`); a folder of such files; or `zoo:NAME`, or
            `zoo:NAME:SPLIT`.
        split: which split of a zoo data set, if `data` does not say.
        field: where JSONL objects keep their text.

    Raises:
        DataError: missing, empty, too large, not UTF-8, or JSONL lines that are not what they should be.
    """
    if data.startswith("zoo:"):
        from unmask.zoo import documents

        name, _, chosen = data.removeprefix("zoo:").partition(":")
        return list(documents(name, chosen or split))
    path = Path(data)
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix in (".txt", ".md", ".py", ".jsonl"))
        if not files:
            raise DataError(f"{data}: no .txt, .md, .py or .jsonl file in this folder")
        texts = [text for file in files for text in _read_file(file, field)]
        if not texts:
            raise DataError(f"{data}: every file in this folder is empty")
        return texts
    if not path.is_file():
        raise DataError(f"{data}: no such file or folder; give a text file, JSONL, a folder or zoo:NAME")
    texts = _read_file(path, field)
    if not texts:
        raise DataError(f"{data}: the file is empty")
    return texts


def encode(documents: Sequence[str], tokenizer: Any, unknown: str = "fail") -> list[np.ndarray]:
    """Token ids of each document, without special tokens.

    Args:
        documents: texts.
        tokenizer: a transformers tokenizer.
        unknown: "fail" or "drop" what the vocabulary does not have.

    Raises:
        DataError: unknown characters and unknown="fail".
    """
    if unknown not in ("fail", "drop"):
        raise ArgumentError(f"unknown is {unknown!r}; give 'fail' or 'drop'")
    encoded = []
    for text in documents:
        ids = np.array(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"], dtype=np.int64)
        unseen = ids == tokenizer.unk_token_id if tokenizer.unk_token_id is not None else np.zeros(ids.shape, dtype=bool)
        if unseen.any() and unknown == "fail":
            shown = _unseen_pieces(text, tokenizer, unseen)
            raise DataError(f"data has text outside the vocabulary: {shown}; take it out, or drop it with --unknown drop")
        encoded.append(ids[~unseen])
    return encoded


def _unseen_pieces(text: str, tokenizer: Any, unseen: np.ndarray) -> str:
    """The most frequent pieces of text that became the unknown token; only fast tokenizers know where they are."""
    if not tokenizer.is_fast:
        return f"{unseen.sum()} tokens"
    spans = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)["offset_mapping"]
    counts = Counter(text[slice(*spans[i])] for i in np.flatnonzero(unseen))
    return ", ".join(f"{piece!r} ({count} times)" for piece, count in counts.most_common(3))


def windows(documents: Sequence[np.ndarray], length: int, limit: int | None = None, seed: int = 0) -> np.ndarray:
    """Rows of `length` tokens cut one after another from each document, in a shuffled order, shape (R, length), int64.

    Args:
        documents: token ids.
        length: N.
        limit: at most so many rows.
        seed: of the shuffle, so that the first rows are a fair sample of all.

    Raises:
        DataError: no document has `length` tokens.
    """
    rows = [
        document[start : start + length] for document in documents for start in range(0, len(document) - length + 1, length)
    ]
    if not rows:
        longest = max((len(d) for d in documents), default=0)
        raise DataError(
            f"the longest text has {longest} tokens, fewer than length {length}; give longer text or a smaller --length"
        )
    order = np.random.Generator(np.random.Philox(seed)).permutation(len(rows))[:limit]
    return np.stack([rows[i] for i in order])


def read_rows(
    data: str,
    tokenizer: Any,
    length: int,
    *,
    split: str = "calibration",
    limit: int | None = None,
    unknown: str = "fail",
    seed: int = 0,
) -> np.ndarray:
    """Rows of token ids from DATA, shape (R, length): `read_documents`, `encode`, `windows` in one go."""
    if tokenizer is None:
        raise ArgumentError("this denoiser has no tokenizer, so text cannot become rows; pass arrays of token ids in Python")
    return windows(encode(read_documents(data, split), tokenizer, unknown), length, limit, seed)


def _read_file(path: Path, field: str) -> list[str]:
    """The texts of one file; none if it is blank."""
    if path.stat().st_size > TEXT_CAP:
        raise DataError(f"{path}: larger than {TEXT_CAP >> 20} MiB; cut it into a folder of files")
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        raise DataError(f"{path}: not UTF-8 text ({fault.reason} at byte {fault.start}); convert it first") from None
    if path.suffix != ".jsonl":
        return [text] if text.strip() else []
    texts = []
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines: JSON strings may hold U+2028 and the like
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise DataError(f"{path}: line {number} is not JSON") from None
        if not isinstance(record, dict) or not isinstance(record.get(field), str):
            raise DataError(f"{path}: line {number} has no text under {field!r}")
        try:
            record[field].encode()
        except UnicodeEncodeError:
            raise DataError(f"{path}: line {number} holds half of a surrogate pair, which is not text; take it out") from None
        texts.append(record[field])
    return texts
