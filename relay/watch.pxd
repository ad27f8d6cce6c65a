# The C types of watch.py in its compiled form: it gets ten samples a second.
cimport cython

from relay.caller_audio cimport CallerAudio
from relay.watchdogs cimport Hearing, Sound


@cython.final
cdef class Watch:
    cdef public str reason
    cdef public object _limits, _meter, _sameness, _staleness, _time, _answer
    cdef public Sound _sound
    cdef public Hearing _hearing
    cdef set _turns
    cdef bint _minds_hearing, _was_deaf

    @cython.locals(loud=bint)
    cpdef bint sample(self, bytes heard, CallerAudio line, long long now_ms, bint agent_speaks) except -1
    cpdef _bark(self, str reason)
