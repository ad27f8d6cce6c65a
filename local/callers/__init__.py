"""Scripted callers: what they say and do (YAML and WAV files), and how a script is read and acted out."""
