"""On paper: plain text, tables, JSON, messages in two languages."""
