"""The whole system on one machine: processes, a simulated Twilio, scripted callers, a command line. Never deployed.

It starts the deployed parts as processes of their own, as production does, and talks to them over HTTP and WebSocket
only: it imports none of their code.
"""
