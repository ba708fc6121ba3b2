"""Reading in the viewer's browser: what it is served, and the camera that runs there."""
