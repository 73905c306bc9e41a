"""`mlops export`: writes to a folder what a delivery to Airflow would write, without asking Airflow anything."""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

from .cli import DONE
from .cli_output import Output, print_json, shown
from .compile import compile_plan
from .errors import BadRequest, InvalidPipeline, NotFound
from .parse import parse
from .paths import collect_facts, find_workspace
from .runtimes.airflow import folder
from .runtimes.airflow.package import Package, build
from .runtimes.registry import Registry, Runtime
from .validate import validate


def export(options: argparse.Namespace) -> int:
    """Writes the package of a pipeline, its schedule included."""
    package = package_of(Path(options.file), Registry().get(options.runtime))
    target = Path(options.folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadRequest(f"The folder {target} cannot be made: {error.strerror}.") from None
    folder.deliver(str(target), package)
    if options.json:
        print_json({"version": 1, "dag_id": package.dag_id, "package": package.digest, "files": sorted(package.files)})
    else:
        output = Output(sys.stdout)
        output.line(f"{output.sign('succeeded')} {shown(str(target / package.dag_file))} and its package")
    return DONE


def package_of(path: Path, runtime: Runtime) -> Package:
    """The package of a pipeline file as it is now."""
    place = path.resolve()
    workspace = find_workspace(place)
    try:
        data = place.read_bytes()
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}.", code="missing-file") from None
    parsed = parse(data)
    issues = list(parsed.issues)
    if parsed.pipeline is not None:
        # Which kernels there are on Airflow's workers is not known here.
        issues += validate(parsed.pipeline, collect_facts(workspace, place, parsed.pipeline, kernels=False))
    if parsed.pipeline is None or any(issue.severity == "error" for issue in issues):
        raise InvalidPipeline(issues)
    plan = compile_plan(
        parsed.pipeline,
        path=place.relative_to(workspace.folder).as_posix(),
        sha256=hashlib.sha256(data).hexdigest(),
        runtime=runtime.name,
        mode="isolated",
        bind=False,
    )
    return build(workspace, plan, parsed.pipeline, runtime)
