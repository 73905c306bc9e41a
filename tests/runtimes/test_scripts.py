"""Scripts run as if they had been started themselves."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time

from .lab import Lab, asleep, napping


def test_a_python_script_as_if_it_were_started_itself(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("sub/helper.py", "VALUE = 7\n")
    folder.write(
        "sub/s{x}.py",
        "from __future__ import annotations\n"
        "import json, os, sys\nimport helper\n"
        "def main() -> None:\n"
        "    facts = dict(file=__file__, argv=sys.argv, path=sys.path[0], cwd=os.getcwd(), name=__name__,\n"
        "                 names=sorted(n for n in globals() if not n.startswith('__')), value=helper.VALUE)\n"
        "    given = json.load(open(os.environ['MLOPS_PARAMETERS'], encoding='utf-8'))\n"
        "    with open(os.environ['MLOPS_RESULTS'], 'a') as f:\n"
        "        for name, value in {**facts, 'given': given, 'text': os.environ['MLOPS_PARAM_TEXT'],\n"
        "                            'list': os.environ['MLOPS_PARAM_items']}.items():\n"
        "            print(json.dumps({'name': name, 'value': value}), file=f)\n"
        "    print('to stdout'); print('to stderr', file=sys.stderr)\n"
        "if __name__ == '__main__':\n    main()\n",
    )
    folder.pipeline(
        {
            "s": {
                "type": "script",
                "path": "sub/s{x}.py",
                "parameters": {"text": "it's ☃", "items": [1, "two", None]},
            }
        }
    )
    run = folder.run()
    node = run["nodes"]["s"]
    assert run["state"] == "succeeded", run["error"]
    here = folder.path / "sub"
    results = node["results"]
    assert results["file"] == str(here / "s{x}.py")
    assert results["argv"] == [str(here / "s{x}.py")]
    assert (results["path"], results["cwd"], results["name"]) == (str(here), str(here), "__main__")
    assert results["names"] == ["annotations", "helper", "json", "main", "os", "sys"]
    assert results["given"] == {"text": "it's ☃", "items": [1, "two", None]}
    assert (results["text"], json.loads(results["list"])) == ("it's ☃", [1, "two", None])
    assert node["notebook"] is None
    log = lab.node_log(run["id"], "s")
    assert "to stdout\n" in log and "to stderr\n" in log


def test_a_script_that_fails(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("raises.py", "def f():\n    raise KeyError('age')\nf()\n")
    folder.write("exits.sh", "echo working\necho 'no such table' >&2\nexit 3\n")
    folder.write("dies.sh", "kill -9 $$\n")
    folder.write("r.R", "1\n")
    folder.pipeline(
        {
            **{name.split(".")[0]: {"type": "script", "path": name} for name in ("raises.py", "exits.sh", "dies.sh")},
            "r": {"type": "script", "path": "r.R", "env": {"PATH": str(folder.path)}},
        }
    )
    nodes = folder.run()["nodes"]
    raises, exits, dies = nodes["raises"]["error"], nodes["exits"]["error"], nodes["dies"]["error"]
    assert (raises["code"], raises["exit_code"]) == ("script-error", 1)
    assert raises["message"].endswith("ended with exit code 1: KeyError: 'age'")
    assert "launch.py" not in lab.node_log(lab_id(lab), "raises")
    assert exits["exit_code"] == 3 and "exit code 3: no such table" in exits["message"]
    assert (nodes["dies"]["reason"], dies["exit_code"]) == ("killed", -9)
    assert nodes["r"]["error"]["code"] == "not-started" and "Rscript" in nodes["r"]["error"]["message"]


R_HELPER = "answer <- function() 42L\n"
R_GOOD = """source("helper.R")
rows <- as.integer(Sys.getenv("MLOPS_PARAM_rows"))
given <- paste(readLines(Sys.getenv("MLOPS_PARAMETERS"), warn = FALSE), collapse = "")
tell <- function(line) cat(line, "\\n", sep = "", file = Sys.getenv("MLOPS_RESULTS"), append = TRUE)
tell(sprintf('{"name": "double", "value": %d}', 2L * rows))
tell(sprintf('{"name": "given", "value": %s}', given))
tell(sprintf('{"name": "answer", "value": %d}', answer()))
writeLines("a,b", "made.csv")
cat("to stdout\\n"); message("to stderr")
"""
R_BAD = """f <- function(x) stop("there is no column called ", x, " in any of the tables that were read")
g <- function(x) f(x)
warning("careful")
g("age")
"""
STAND_IN = """#!{python}
# What Rscript is told and what it says when it fails, for machines that have none.
import json, os, sys
with open(sys.argv[1]) as file:
    script = file.read()
if "stop(" in script:
    sys.exit("Warning message:\\ncareful \\nError in f(x) : \\n  there is no column called age in any of the tables "
             "that were read\\nCalls: g -> f\\nExecution halted")
with open(os.environ["MLOPS_PARAMETERS"], encoding="utf-8") as file:
    given = json.load(file)
with open(os.environ["MLOPS_RESULTS"], "a") as file:
    for name, value in dict(double=2 * int(os.environ["MLOPS_PARAM_rows"]), given=given,
                            answer=42 if os.path.exists("helper.R") else None).items():
        print(json.dumps(dict(name=name, value=value)), file=file)
with open("made.csv", "w") as file:
    file.write("a,b\\n")
print("to stdout"); print("to stderr", file=sys.stderr)
"""


def test_r_scripts(lab: Lab) -> None:
    """By R where there is one, else by a stand-in: what is ours of it is the same."""
    folder = lab.folder()
    folder.write("sub/helper.R", R_HELPER)
    folder.write("sub/good.R", R_GOOD)
    folder.write("bad.R", R_BAD)
    env = {}
    if shutil.which("Rscript") is None:
        folder.write("bin/Rscript", STAND_IN.format(python=sys.executable))
        (folder.path / "bin" / "Rscript").chmod(0o755)
        env["PATH"] = f"{folder.path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    parameters = {"rows": 21, "text": "it's ☃"}
    folder.pipeline(
        {
            "good": {
                "type": "script", "path": "sub/good.R", "parameters": parameters, "env": env,
                "outputs": ["sub/made.csv"],
            },
            "bad": {"type": "script", "path": "bad.R", "env": env},
        }
    )  # fmt: skip
    run = folder.run()
    good, bad = run["nodes"]["good"], run["nodes"]["bad"]
    assert good["state"] == "succeeded", good["error"]
    assert good["results"] == {"double": 42, "given": parameters, "answer": 42}
    log = lab.node_log(run["id"], "good")
    assert "to stdout\n" in log and "to stderr\n" in log
    said = "there is no column called age in any of the tables that were read"
    assert bad["error"]["message"].endswith(f"bad.R ended with exit code 1: Error in f(x) : {said}")
    assert (bad["error"]["code"], bad["error"]["exit_code"], bad["reason"]) == ("script-error", 1, "error")
    assert "Calls: g -> f" in bad["error"]["hint"]


def lab_id(lab: Lab) -> str:
    with lab.store() as store:
        newest: str = store.runs(limit=1)[0][0]["id"]
    return newest


def test_a_script_that_leaves_children_behind_leaves_nothing(lab: Lab) -> None:
    folder = lab.folder()
    n = [napping(number) for number in range(7)]
    folder.write(
        "s.sh",
        f"setsid sleep {n[1]} &\nnohup sleep {n[2]} >/dev/null 2>&1 &\n"
        f"(setsid sh -c 'sleep {n[3]} & sleep {n[4]}' &) &\n"
        f"env -i setsid sh -c '(sleep {n[5]} &) ; sleep {n[6]}' >/dev/null 2>&1 &\nsleep 0.3\necho done\n",
    )
    folder.pipeline({"s": {"type": "script", "path": "s.sh"}})
    run = folder.run()
    assert run["state"] == "succeeded", run["error"]
    assert not lab.processes(run["id"])
    assert not asleep(*range(1, 7))


def test_what_a_script_prints_is_in_the_log_while_it_runs(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("s.py", "import time\nprint('early')\ntime.sleep(30)\n")
    folder.pipeline({"s": {"type": "script", "path": "s.py"}})
    run_id = folder.submit()
    lab.node_running(run_id, "s")
    log = lab.file(run_id, "s", "1", "log.txt")
    deadline = time.monotonic() + 20
    while not (log.exists() and "early" in log.read_text(encoding="utf-8")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    lab.cancel(run_id)
    assert lab.wait(run_id)["state"] == "cancelled"


def test_a_bad_line_of_results(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("s.sh", 'echo \'{"name": "ok", "value": 1}\' >> "$MLOPS_RESULTS"\necho oops >> "$MLOPS_RESULTS"\n')
    folder.pipeline({"s": {"type": "script", "path": "s.sh"}})
    node = folder.run()["nodes"]["s"]
    assert node["error"]["code"] == "result-not-json" and "line 2" in node["error"]["message"]
    assert node["results"] == {"ok": 1}
