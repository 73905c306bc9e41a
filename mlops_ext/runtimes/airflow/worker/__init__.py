"""What runs on Airflow's workers.

dag_program     the text of every DAG but for one constant; copied, never imported here
runner_main     the beginning of the runner, one file that carries the modules which it needs
attempt         one attempt of one node, in the runner
stores          where files pass between nodes
"""
