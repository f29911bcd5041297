"""Behind launch.py: makes .venv from the lock and starts the studio. Standard library only."""
