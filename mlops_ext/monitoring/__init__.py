"""Models in production, watched: evaluations of a monitor's checks over batches of current data.

What speaks of files and documents (`values`, `catalogue`, `defaults`, `verdict`, `batches`) imports
nothing heavy; `data`, `measures`, `evaluate`, `detail` and `propose` need pandas and scikit-learn, and
are imported in a process of their own only.
"""
