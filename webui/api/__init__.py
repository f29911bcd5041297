"""REST faces: the native API, the guard, and the table of all routes."""
