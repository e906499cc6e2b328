"""Where things stand: layout, edge routing, cells; no screen."""
