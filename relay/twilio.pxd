# The C types of twilio.py in its compiled form.

cpdef bytes write(object message, str stream_sid)
