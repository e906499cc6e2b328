"""Moving through it: the playhead and what keys do to it; no screen."""
