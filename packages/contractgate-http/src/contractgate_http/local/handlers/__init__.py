"""What answers requests: functions from a context to a response, one module a topic."""
