"""`make run`: everything that Triptych needs on one machine, started and stopped as one thing."""
