# The C types of twilio.py in its compiled form.

cimport cython

from relay.caller cimport SendMark, SendMedia

@cython.locals(stream=bytes, parts=tuple)
cpdef bytes write(object message, str stream_sid)
