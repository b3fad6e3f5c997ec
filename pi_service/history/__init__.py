"""The history: what the stations counted, kept in SQLite, fed by MQTT."""
