"""Runs one attempt of one node of a pipeline: one file, for the standard library, papermill and fsspec.

Started by the DAG beside it, which hands it the job over standard input. What
follows SOURCES below is the text of the modules that run nodes in JupyterLab
too, so that a node behaves alike here and there.
"""

import json
import os
import sys

SOURCES: "dict[str, str]" = {}


def main() -> int:
    """Reads the job, unpacks the modules into its scratch folder, does the job."""
    job = json.loads(sys.stdin.buffer.readline())
    library = os.path.join(job["scratch"], "lib")
    for name, text in SOURCES.items():
        path = os.path.join(library, *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    # In place of the folder of this file; what is unpacked goes before what may be installed.
    sys.path[0] = library
    sys.dont_write_bytecode = True
    from mlops_ext.runtimes.airflow.worker.attempt import main as attempt

    return attempt(job)
