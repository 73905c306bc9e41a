"""What the server answers under `mlops/`: thin skins over the same functions as the command line."""
