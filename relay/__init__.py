"""The relay: a WebSocket bridge between a caller, on the telephone or at a kiosk, and a speech engine.

It carries audio and order, and decides only what a listener's ear decides: what was heard, who is speaking, when it
is whose turn. No prompt, no tool, no rate and no Twilio REST call stands here; those live in `functions/`.
"""

from relay import builds

IS_COMPILED = builds.use(__path__)
