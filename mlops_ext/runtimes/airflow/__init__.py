"""Runs on an Airflow.

package, deliver, git, objects      a plan becomes a DAG with what it needs, and gets there
files                               what the workers wrote, seen from here
worker/                             what runs on Airflow's workers: the DAG's program, and the runner
"""
