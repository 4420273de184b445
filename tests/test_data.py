import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import models
from unmask.character_tokenizer import character_tokenizer
from unmask.data import encode, read_documents, read_rows, windows
from unmask.errors import DataError


def test_jsonl_keeps_line_separators_inside_strings(tmp_path):
    """U+2028 and friends are legal inside a JSON string and are no line ends of JSONL."""
    texts = ["a\u2028b", "c\x85d", "e\u2029f"]
    path = tmp_path / "d.jsonl"
    path.write_text("".join(json.dumps({"text": t}, ensure_ascii=False) + "\n" for t in texts), encoding="utf-8")
    assert read_documents(str(path)) == texts


def test_byte_order_mark_and_windows_line_ends(tmp_path):
    (tmp_path / "t.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    assert read_documents(str(tmp_path / "t.txt")) == ["one\ntwo\n"]
    (tmp_path / "d.jsonl").write_bytes(b'\xef\xbb\xbf{"text": "one"}\r\n\r\n{"text": "two"}\r\n')
    assert read_documents(str(tmp_path / "d.jsonl")) == ["one", "two"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"text": "half a pair: \\ud800"}', "line 1 holds half of a surrogate"),
        (b'{"text": "x", "n": ' + b"9" * 5000 + b"}", "line 1 is not JSON"),
        (b"[" * 100_000, "line 1 is not JSON"),
        (b'{"txt": "x"}', "no text under 'text'"),
        (b'["x"]', "no text under 'text'"),
        (b"\xff\xfe", "not UTF-8"),
        (b" \n\n", "empty"),
    ],
)
def test_bad_jsonl(tmp_path, line, words):
    (tmp_path / "d.jsonl").write_bytes(line)
    with pytest.raises(DataError, match=words):
        read_documents(str(tmp_path / "d.jsonl"))


def test_an_empty_file_does_not_spoil_a_folder(tmp_path):
    (tmp_path / "__init__.py").write_text("")
    with pytest.raises(DataError, match="every file in this folder is empty"):
        read_documents(str(tmp_path))
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "link.py").symlink_to(tmp_path / "a.py")
    assert read_documents(str(tmp_path)) == ["x = 1\n", "x = 1\n"]
    with pytest.raises(DataError, match=r"no \.txt"):
        (tmp_path / "empty").mkdir()
        read_documents(str(tmp_path / "empty"))


def test_unknown_text_is_named_where_the_tokenizer_knows_where_it_is(tmp_path):
    fast = character_tokenizer(["abc"], 8)
    with pytest.raises(DataError, match="'λ' \\(2 times\\)"):
        encode(["aλbλ"], fast)
    assert [ids.tolist() for ids in encode(["aλbλ"], fast, "drop")] == [encode(["ab"], fast)[0].tolist()]
    slow = models.esm(tmp_path)[1]
    assert not slow.is_fast
    with pytest.raises(DataError, match="vocabulary: 1 tokens"):
        encode(["LAGV λλ LAG"], slow)


def test_windows_are_cut_inside_documents():
    documents = [np.arange(10), np.arange(100, 107), np.arange(3)]
    rows = windows(documents, 5)
    assert sorted(rows[:, 0].tolist()) == [0, 5, 100]
    assert all((np.diff(row) == 1).all() for row in rows)
    assert windows(documents, 5, limit=2).tolist() == rows[:2].tolist()
    with pytest.raises(DataError, match="longest text has 10"):
        windows(documents, 11)


def test_rows_of_a_file(tmp_path):
    (tmp_path / "t.txt").write_text("abcabcab")
    tokenizer = character_tokenizer(["abc"], 8)
    rows = read_rows(str(tmp_path / "t.txt"), tokenizer, 4)
    assert sorted(tokenizer.decode(row) for row in rows) == ["abca", "bcab"]
