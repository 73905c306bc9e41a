"""Runs on this machine.

    engine      the one process of a workspace: queue, resources, commits
    conductor   one run: which node is next, what became of it
    attempt     one try of one node, from its folder to its outcome
    workers     processes that are ready for an attempt
    worker      in such a process: runs the node, reports, leaves nothing behind
    notebook, script, kernels, launch, kernel_main     what the worker runs with
    results     reads what a node reports; stands alone, for other runtimes too
    snapshot, outputs, environment, claims, reap       files, variables, processes

Code of the user's runs below a worker only.
"""
