# The C types of watch.py in its compiled form: it gets ten samples a second.
cimport cython

from relay.watchdogs cimport Hearing, Sound


@cython.final
cdef class Watch:
    cdef public str reason
    cdef public long long hears_again_ms
    cdef public object _limits, _meter, _sameness, _staleness, _time, _answer
    cdef public Sound _sound
    cdef public Hearing _hearing
    cdef set _turns
    cdef bint _minds_hearing, _was_deaf

    cpdef _bark(self, str reason)
