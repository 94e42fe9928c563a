"""Documents drawn as pictures, in a process beside: ``service.ports.pictures.Pictures``."""
