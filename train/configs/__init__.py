"""Training configs, one file each: ``get_config() -> TrainConfig``."""
