"""The hotel's side of a conversation: every decision, no audio. See `functions/main.py`."""
