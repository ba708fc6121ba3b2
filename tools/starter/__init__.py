"""Generates the starter catalog: pictures, video loops, music and ``starter.json``, all from code and seeds."""
