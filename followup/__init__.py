"""People chase what is still open: tasks with their clocks, attempts and outcomes, the console, the reports."""
