"""Fixtures of the tests of the Airflow runtime."""

from tests.runtimes.airflow.documents import make, secrets

__all__ = ["make", "secrets"]
