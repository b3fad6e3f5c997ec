"""Being a service: what is told to the service manager and the journal, and what they tell."""
