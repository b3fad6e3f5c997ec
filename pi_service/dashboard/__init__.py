"""The page: a consumer of MQTT in a process of its own, never imported by the counter."""
