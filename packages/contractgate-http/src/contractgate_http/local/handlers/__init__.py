"""The handlers: functions from a context to a response, with one module for each topic."""
