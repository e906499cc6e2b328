"""Doing it: runs a trace with the engine and keeps the run log."""
