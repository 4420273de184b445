"""The command line as a user runs it: in its own process, on real folders, with exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import models
from unmask import cli


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    models.save("bert", folder / "bert")
    (folder / "text.txt").write_text(models.text_for("bert"))
    return folder


@pytest.fixture
def unmask(bert, monkeypatch, capsys):
    """Run a command in the folder; returns (exit code, standard output, standard error)."""
    monkeypatch.chdir(bert)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["unmask", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        captured = capsys.readouterr()
        return left.value.code, captured.out, captured.err

    return run


def test_the_whole_loop(unmask, bert):
    code, out, _ = unmask("check", "bert")
    assert code == 0
    assert "ok   finite laws" in out
    code, out, _ = unmask("profile", "bert", "text.txt", "-o", "profile.json", "--rows", 8, "--length", 16, "--json")
    assert code == 0
    assert json.loads(out)["length"] == 16
    code, out, _ = unmask("plan", "profile.json", "--steps", "2,4", "-o", "schedule.json")
    assert code == 0
    assert "K = 4" in out
    made_from = json.loads((bert / "schedule.json").read_text())["settings"]["profile"]
    assert made_from["denoiser"]["name"] == "bert"
    assert made_from["versions"].keys() == {"unmask", "numpy", "torch"}
    code, out, _ = unmask("plan", "profile.json", "--nats", "1e9", "--json")
    assert json.loads(out)["plans"][0]["steps"] == 1
    code, out, _ = unmask("sample", "bert", "--schedule", "schedule.json", "-n", 3, "-o", "samples.jsonl")
    assert code == 0
    assert "4 passes" in out
    lines = [json.loads(line) for line in (bert / "samples.jsonl").read_text().splitlines()]
    assert [line["row"] for line in lines] == [0, 1, 2]
    assert all(len(line["tokens"]) == 16 and set(line["steps"]) == {0, 1, 2, 3} for line in lines)
    code, out, _ = unmask("sample", "bert", "--schedule", "schedule.json", "-n", 3, "--json")
    assert [s["tokens"] for s in json.loads(out)["samples"]] == [line["tokens"] for line in lines]


@pytest.mark.parametrize("architecture", ["modernbert", "esm", "roberta"])
def test_profile_plan_sample_on_other_architectures(unmask, bert, architecture):
    models.save(architecture, bert / architecture)
    (bert / "data.txt").write_text(models.text_for(architecture))
    assert unmask("profile", architecture, "data.txt", "-o", "p.json", "--rows", 6, "--length", 12, "--levels", 6)[0] == 0
    assert unmask("plan", "p.json", "--steps", 3, "-o", "s.json")[0] == 0
    code, out, _ = unmask("sample", architecture, "--schedule", "s.json", "-n", 2, "--json")
    assert code == 0
    assert all(len(sample["tokens"]) == 12 for sample in json.loads(out)["samples"])


def test_other_orders(unmask):
    assert unmask("profile", "bert", "text.txt", "-o", "o.json", "--order", "bit-reversal", "--rows", 6, "--length", 16)[0] == 0
    code, out, _ = unmask("plan", "o.json", "--steps", "4", "-o", "os.json")
    assert code == 0
    assert "bit-reversal order" in out
    code, out, _ = unmask("sample", "bert", "--schedule", "os.json", "-n", 1)
    assert "bit-reversal order" in out


def test_given(unmask, bert):
    (bert / "given.txt").write_text("the cat [MASK] on a [MASK] .")
    code, out, _ = unmask("sample", "bert", "--steps", 2, "--given", "given.txt", "-n", 4, "--json")
    assert code == 0
    for sample in json.loads(out)["samples"]:
        words = sample["tokens"]
        assert words[:2] == json.loads(out)["samples"][0]["tokens"][:2]
        assert [step >= 0 for step in sample["steps"]] == [False, False, True, False, False, True, False]


BAD = {
    "missing data": (["profile", "bert", "nowhere.txt"], "no such file"),
    "empty data": (["profile", "bert", "empty.txt"], "empty"),
    "short data": (["profile", "bert", "short.txt", "--length", "16"], "fewer than length 16"),
    "outside the vocabulary": (["profile", "bert", "greek.txt", "--length", "2"], "--unknown drop"),
    "not a model": (["profile", "folder", "text.txt"], "config.json"),
    "no such model": (["check", "./nowhere"], "no such folder"),
    "unknown order": (["profile", "bert", "text.txt", "--order", "sideways", "--length", "16"], "bit-reversal"),
    "K > N": (["plan", "good.json", "--steps", "9"], "from 1 to"),
    "K = 0": (["plan", "good.json", "--steps", "0"], "from 1 to"),
    "K is text": (["plan", "good.json", "--steps", "many"], "--steps"),
    "negative nats": (["plan", "good.json", "--nats", "-1"], "nats"),
    "missing profile": (["plan", "nowhere.json"], "no such file"),
    "truncated profile": (["plan", "cut.json"], "cut short"),
    "profile with NaN": (["plan", "nan.json"], "NaN"),
    "profile from the future": (["plan", "future.json"], "upgrade"),
    "schedule missing": (["sample", "bert"], "--schedule"),
    "output in no folder": (["profile", "bert", "text.txt", "-o", "nowhere/p.json"], "no folder"),
    "output is a folder": (["profile", "bert", "text.txt", "-o", "folder"], "folder or a device"),
    "output is a device": (["plan", "good.json", "-o", "/dev/null"], "folder or a device"),
    "samples in no folder": (["sample", "bert", "--steps", "1", "-o", "nowhere/s.jsonl"], "no folder"),
    "base is no model": (["train", "text.txt", "-o", "new", "--base", "folder"], "config.json"),
    "steps = 0": (["sample", "bert", "--steps", "0"], "K"),
    "steps > N": (["sample", "bert", "--steps", "50", "--length", "10"], "50"),
    "unknown verb": (["fly"], "fly"),
    "unknown option": (["plan", "good.json", "--fast"], "--fast"),
    "no argument": (["profile"], "MODEL"),
}


@pytest.mark.parametrize("fault", BAD)
def test_bad_input_is_one_line_and_exit_code_2(unmask, bert, fault):
    good = '{"format": "unmask.profile", "version": 1, "length": 4, "values": [-2.0, -1.5, -1.2, -1.0]}'
    for name, content in {
        "empty.txt": "",
        "short.txt": "the cat",
        "greek.txt": "the λόγος sat on the mat",
        "good.json": good,
        "cut.json": good[:30],
        "nan.json": good.replace("-1.0", "NaN"),
        "future.json": good.replace('"version": 1', '"version": 7'),
    }.items():
        (bert / name).write_text(content)
    (bert / "folder").mkdir(exist_ok=True)
    arguments, words = BAD[fault]
    code, out, err = unmask(*arguments)
    assert code == 2, (out, err)
    assert words in err
    assert err.startswith("unmask: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_dropping_unknown_text(unmask, bert):
    (bert / "greek.txt").write_text("the cat sat λόγος " * 20)
    assert unmask("profile", "bert", "greek.txt", "--length", 8, "--rows", 4, "--unknown", "drop", "-o", "g.json")[0] == 0


def test_import_is_light():
    code = "import sys, unmask; unmask.Schedule; sys.exit('torch' in sys.modules or 'numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_help_and_no_traceback_from_the_installed_command():
    command = Path(sys.executable).with_name("unmask")
    shown = subprocess.run([command, "--help"], capture_output=True, text=True, check=False)
    assert shown.returncode == 0
    for verb in ("demo", "check", "train", "profile", "plan", "sample"):
        assert verb in shown.stdout
    failed = subprocess.run([command, "plan", "/nowhere.json"], capture_output=True, text=True, check=False)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr == "unmask: /nowhere.json: no such file\n"


def test_training_prints_nothing_but_its_json(unmask, bert):
    arguments = ["--length", 16, "--steps", 2, "--hidden", 64, "--layers", 1, "--batch-size", 2, "--save-every", 1]
    code, out, err = unmask("train", "text.txt", "-o", "trained", *arguments, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["steps"] == 2


def test_a_reader_that_leaves_early_and_a_closed_output(tmp_path):
    (tmp_path / "p.json").write_text('{"format": "unmask.profile", "version": 1, "length": 2, "values": [-2.0, -1.0]}')
    command = Path(sys.executable).with_name("unmask")
    for shell in (f"{command} plan p.json | true", f"{command} plan p.json --json | true", f"{command} plan p.json >&-"):
        done = subprocess.run(["bash", "-c", shell], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr
