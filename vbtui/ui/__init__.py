"""On screen: the app, its screens and widgets."""
