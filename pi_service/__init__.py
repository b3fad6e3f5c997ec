"""repclip: from sensor samples to counted repetitions on MQTT."""

__version__ = "0.1.0"
