"""Reading the trail over HTTP."""
