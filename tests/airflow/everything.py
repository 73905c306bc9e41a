"""A pipeline of 12 nodes that uses all that a runtime executes."""

from __future__ import annotations

from typing import Any

from tests.runtimes.lab import Folder

NASTY = (
    """quotes ' " ''' \"\"\" \\n \\ {{ 1 + 1 }} {% raw %} {# #} ${HOME} $(id) `id` %s %(x)s """
    "<b>&amp;</b> größer 漢字 🙂\n\ta second line"
)
VALUES: dict[str, Any] = {
    "text": NASTY,
    "whole": -9007199254740991,
    "share": 0.1,
    "flag": True,
    "names": [NASTY, 1, 2.5, None, [True]],
    "table": {NASTY: {"{{ ds }}": NASTY}, "b": 1e-7, "a": []},
}
KINDS = {"text": "string", "whole": "integer", "share": "number", "flag": "boolean", "names": "list", "table": "object"}

TYPES = """import hashlib, json, os
from pathlib import Path
from parts import helpers
given = {"text": text, "whole": whole, "share": share, "flag": flag, "names": names, "table": table}
Path("made").mkdir(exist_ok=True)
Path("made/echo.json").write_text(json.dumps(given, sort_keys=True), encoding="utf-8")
print(text)
print(os.environ["TOKEN"])"""
REPORTED = """echoed = given
kinds = {name: type(value).__name__ for name, value in given.items()}
twice = helpers.twice(21)
plain = os.environ["PLAIN"]
token = hashlib.sha256(os.environ["TOKEN"].encode()).hexdigest()
seen = sorted(path for path in os.listdir(".") if not path.startswith((".", "_")))"""
SHELL = """set -eu
mkdir -p out/deep
printf '%s' "$MLOPS_PARAM_TEXT" > out/text.txt
wc -c < made/echo.json | tr -d ' \\n' > out/deep/size.txt
printf '{"name": "size", "value": %s}\\n' "$(cat out/deep/size.txt)" >> "$MLOPS_RESULTS"
printf '%s\\n' "$PLAIN" "$MLOPS_NODE" "$MLOPS_ATTEMPT"
"""
SCRIPT = """import json, os
with open(os.environ["MLOPS_PARAMETERS"], encoding="utf-8") as file:
    given = json.load(file)
with open("out/text.txt", encoding="utf-8") as file:
    same = file.read() == given["echoed"]["text"]
with open(os.environ["MLOPS_RESULTS"], "a", encoding="utf-8") as results:
    for name, value in {"same": same, "score": given["share"] + 0.75, "given": given}.items():
        results.write(json.dumps({"name": name, "value": value}) + "\\n")
print("scored", flush=True)
"""
FLAKY = 'printf "attempt %s\\n" "$MLOPS_ATTEMPT"\n[ "$MLOPS_ATTEMPT" = 2 ] || exit 7\n'


def write(folder: Folder) -> None:
    """The files of the pipeline, and the pipeline itself."""
    folder.write("parts/helpers.py", "def twice(number):\n    return 2 * number\n")
    folder.write("undeclared.txt", "not for isolated runs\n")
    defaults = "text = ''\nwhole = 0\nshare = 0.0\nflag = False\nnames = []\ntable = {}"
    folder.notebook("types.ipynb", (defaults, "parameters"), TYPES, (REPORTED, "results"))
    folder.write("shell.sh", SHELL)
    folder.write("score.py", SCRIPT)
    folder.write("flaky.sh", FLAKY)
    folder.notebook("bad.ipynb", "print('so far')", "raise ValueError('no such luck: {{ 1 + 1 }}')", "print('never')")
    folder.write("slow.sh", "echo begun\nsleep 600\n")
    folder.notebook("join.ipynb", ("score = None", "parameters"), ("total = score + 1", "results"))
    for name in ("ok.sh", "off.sh"):
        folder.write(name, "echo fine\n")
    folder.pipeline(_nodes(), _edges(), "everything.pipeline", description=NASTY, parameters=_parameters())


def _parameters() -> dict[str, Any]:
    return {
        name: {"type": kind, "description": NASTY, **({} if name == "text" else {"default": VALUES[name]})}
        for name, kind in KINDS.items()
    }


def _nodes() -> dict[str, Any]:
    def script(path: str, **fields: Any) -> dict[str, Any]:
        return {"type": "script", "path": path, **fields}

    return {
        "types": {
            "type": "notebook",
            "path": "types.ipynb",
            "label": NASTY.split("\n")[0],
            "description": NASTY,
            "files": ["parts"],
            "outputs": ["made/echo.json"],
            "env": {"PLAIN": NASTY, "TOKEN": {"secret": "contract-token"}},
            "parameters": {name: {"from": f"parameters.{name}"} for name in KINDS},
        },
        "shell": script(
            "shell.sh",
            outputs=["out"],
            env={"PLAIN": "{{ var.value.get('contract-token') }}"},
            parameters={"text": {"from": "parameters.text"}},
        ),
        "score": script(
            "score.py",
            parameters={
                "echoed": {"from": "nodes.types.results.echoed"},
                "size": {"from": "nodes.shell.results.size"},
                "share": {"from": "parameters.share"},
                "typed": {"value": {"from": "parameters.share"}},
            },
        ),
        "yes": script("ok.sh"),
        "no": script("ok.sh"),
        "join": {
            "type": "notebook",
            "path": "join.ipynb",
            "parameters": {"score": {"from": "nodes.score.results.score"}},
        },
        "flaky": script("flaky.sh", retries=2, retry_delay="1s"),
        "off": script("off.sh", disabled=True),
        "past": script("ok.sh"),
        "bad": {"type": "notebook", "path": "bad.ipynb"},
        "below": script("ok.sh"),
        "slow": script("slow.sh", timeout="3s"),
    }


def _edges() -> list[tuple[str, str] | dict[str, Any]]:
    def when(target: str, op: str) -> dict[str, Any]:
        return {"from": "score", "to": target, "when": {"result": "score", "op": op, "value": 0.8}}

    return [
        ("types", "shell"),
        ("shell", "score"),
        when("yes", ">="),
        when("no", "<"),
        ("yes", "join"),
        ("no", "join"),
        ("flaky", "off"),
        ("off", "past"),
        ("bad", "below"),
        ("types", "below"),
    ]
