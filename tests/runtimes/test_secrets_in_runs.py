"""A secret reaches its node, and nothing that is kept."""

from __future__ import annotations

import base64
from pathlib import Path

from mlops_ext.secrets import SecretStore

from .lab import Lab

CANARY = "canary-3f9c1e/+=secret"
SHOW = """
import os, sys, base64, json, warnings
value = os.environ['API_KEY']
assert value == VALUE
print('plain', value, end='')
print(value[:9], end=''); sys.stdout.flush(); print(value[9:])
print(json.dumps({'key': value}), base64.b64encode(('user:' + value).encode()).decode(), repr(value))
print(value, file=sys.stderr)
os.system('echo "$API_KEY"; echo "$API_KEY" >&2')
from IPython.display import display, HTML
display(HTML(f'<b>{value}</b>'))
display({'application/json': {'key': [value]}, 'text/plain': value}, raw=True)
value
"""


def test_a_secret_is_in_no_file(lab: Lab) -> None:
    SecretStore().set("churn-api", CANARY)
    folder = lab.folder()
    show = SHOW.replace("VALUE", f"{CANARY[:4]!r} + {CANARY[4:]!r}")
    folder.notebook(
        "n.ipynb", show, ("seen = [os.environ['API_KEY']]", "results"), "raise RuntimeError(f'with {value}')"
    )
    folder.write(
        "s.py",
        "import os, sys, json\nv = os.environ['API_KEY']\nprint(v)\nprint('no ' + v, file=sys.stderr)\n"
        "open(os.environ['MLOPS_RESULTS'], 'a').write('')\nsys.exit('bad key ' + v)\n",
    )
    env = {"API_KEY": {"secret": "churn-api"}, "OTHER": "shown"}
    folder.pipeline(
        {
            "n": {"type": "notebook", "path": "n.ipynb", "env": env},
            "s": {"type": "script", "path": "s.py", "env": env},
        }
    )
    run = folder.run()
    node, script = run["nodes"]["n"], run["nodes"]["s"]
    assert node["error"]["message"] == "RuntimeError: with ***", node["error"]
    assert node["results"] == {"seen": ["***"]}
    assert script["error"]["message"].endswith("bad key ***")
    for name in ("n", "s"):
        assert "The node printed a secret; it is shown as ***." in lab.node_log(run["id"], name)
    needles = [CANARY.encode(), base64.b64encode(CANARY.encode())[:-4], CANARY.encode()[2:]]
    state = lab.workspace.state
    files = [path for path in state.rglob("*") if path.is_file()]
    assert len(files) > 8
    leaks = [
        (path.relative_to(state), needle)
        for path in files
        for needle in needles
        # What the notebook itself says in its source is not ours to change.
        if needle in path.read_bytes()
    ]
    assert not leaks


def test_a_secret_that_is_not_set(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("s.sh", "true\n")
    folder.pipeline({"s": {"type": "script", "path": "s.sh", "env": {"API_KEY": {"secret": "not-there"}}}})
    run = folder.run()
    error = run["nodes"]["s"]["error"]
    assert (run["state"], error["code"]) == ("failed", "unknown-secret")
    assert "API_KEY" in error["message"] and "not-there" in error["message"]
    assert "mlops secret set not-there" in error["hint"]


def test_a_secret_that_the_engine_was_started_with_is_not_handed_on(fresh: Lab, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    SecretStore().set("inherited", "canary-inherited-1")
    monkeypatch.setenv("SOME_TOKEN", "canary-inherited-1")
    monkeypatch.setenv("HONEST", "value")
    folder = fresh.folder()
    folder.write("s.sh", '[ -z "$SOME_TOKEN" ] && [ "$HONEST" = value ] && [ "$KEY" = canary-inherited-1 ]\n')
    folder.pipeline({"s": {"type": "script", "path": "s.sh", "env": {"KEY": {"secret": "inherited"}}}})
    run = folder.run()
    assert run["state"] == "succeeded", run["error"]


def test_the_folder_of_secrets_is_not_told(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("s.sh", 'env | grep -c "^MLOPS_SECRETS_DIR" && exit 1; env | grep canary && exit 2; exit 0\n')
    folder.pipeline({"s": {"type": "script", "path": "s.sh"}})
    run = folder.run()
    assert run["state"] == "succeeded", run["error"]
    assert Path(lab.file(run["id"], "s", "1", "job.json")).exists()
