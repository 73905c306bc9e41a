"""Which handler answers which address: the whole of the API on one page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import NotFound
from .alerts import AlertsHandler, DecisionsHandler
from .base import Handler
from .catalogue import Catalogue
from .deployments import DeploymentHandler, DeploymentsHandler, ScheduleHandler
from .drive import DriveHandler
from .examples import ExampleHandler, ExamplesHandler
from .monitors import (
    BatchesHandler,
    DeliveryHandler,
    EvaluateHandler,
    EvaluationHandler,
    EvaluationsHandler,
    MonitorHandler,
    MonitorsHandler,
    PreviewHandler,
    ProposeHandler,
    SeriesHandler,
    WatchHandler,
)
from .noderuns import HtmlHandler, LogHandler
from .pipelines import InspectHandler, KernelsHandler, ValidateHandler
from .planning import PlanHandler
from .runs import (
    CancelHandler,
    EventsHandler,
    PipelineHandler,
    RetryHandler,
    RunHandler,
    RunPipelinesHandler,
    RunsHandler,
)
from .runtimes import RuntimeHandler, RuntimesHandler, RuntimeTestHandler
from .secrets import SecretHandler, SecretsHandler
from .timetable import TimetableHandler
from .traces import LineageHandler, NodeTraceHandler, TraceHandler


class NowhereHandler(Handler):
    """Any other address under mlops/ is answered as JSON too."""

    async def prepare(self, **options: Any) -> None:
        """Refuses every method, after it has refused strangers."""
        await super().prepare()
        raise NotFound("There is nothing at this address.")


# A node of a sub-pipeline is `outer/inner`, a monitor lies in folders; some proxies decode the slash in an address.
ROUTES: tuple[tuple[str, type[Handler]], ...] = (
    (r"runs", RunsHandler),
    (r"runs/pipelines", RunPipelinesHandler),
    (r"runs/([^/]+)", RunHandler),
    (r"runs/([^/]+)/events", EventsHandler),
    (r"runs/([^/]+)/cancel", CancelHandler),
    (r"runs/([^/]+)/retry", RetryHandler),
    (r"runs/([^/]+)/pipeline", PipelineHandler),
    (r"runs/([^/]+)/nodes/(.+)/log", LogHandler),
    (r"runs/([^/]+)/nodes/(.+)/html", HtmlHandler),
    (r"runs/([^/]+)/nodes/(.+)/trace", NodeTraceHandler),
    (r"drive/([^/]+)(?:/(.*))?", DriveHandler),
    (r"validate", ValidateHandler),
    (r"plan", PlanHandler),
    (r"trace", TraceHandler),
    (r"lineage", LineageHandler),
    (r"inspect", InspectHandler),
    (r"kernels", KernelsHandler),
    (r"runtimes", RuntimesHandler),
    (r"runtimes/([^/]+)", RuntimeHandler),
    (r"runtimes/([^/]+)/test", RuntimeTestHandler),
    (r"runtimes/([^/]+)/pipelines", DeploymentsHandler),
    (r"runtimes/([^/]+)/pipelines/([^/]+)", DeploymentHandler),
    (r"runtimes/([^/]+)/schedule", ScheduleHandler),
    (r"timetable", TimetableHandler),
    (r"secrets", SecretsHandler),
    (r"secrets/([^/]+)", SecretHandler),
    (r"examples", ExamplesHandler),
    (r"examples/([^/]+)", ExampleHandler),
    (r"monitors", MonitorsHandler),
    (r"monitors/preview", PreviewHandler),
    (r"monitors/propose", ProposeHandler),
    (r"monitors/(.+\.monitor)", MonitorHandler),
    (r"monitors/(.+\.monitor)/evaluations", EvaluationsHandler),
    (r"monitors/(.+\.monitor)/evaluations/([^/]+)", EvaluationHandler),
    (r"monitors/(.+\.monitor)/series", SeriesHandler),
    (r"monitors/(.+\.monitor)/evaluate", EvaluateHandler),
    (r"monitors/(.+\.monitor)/schedule", WatchHandler),
    (r"monitors/(.+\.monitor)/(batches)", BatchesHandler),
    (r"monitors/(.+\.monitor)/(labels)", DeliveryHandler),
    (r"alerts", AlertsHandler),
    (r"alerts/([^/]+)/decisions", DecisionsHandler),
    (r".*", NowhereHandler),
)


def routes(catalogue: Catalogue, nudge: Callable[[], None]) -> list[tuple[str, type[Handler], dict[str, Any]]]:
    """The routes as a server takes them; `nudge` is called when a run was started or cancelled."""
    return [(f"mlops/{pattern}", handler, {"catalogue": catalogue, "nudge": nudge}) for pattern, handler in ROUTES]
