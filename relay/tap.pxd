# The C types of tap.py in its compiled form. What is not named here is Python in both forms.
cimport cython

from relay.recording cimport Recording


@cython.final
cdef class Tap:
    cdef object _writer, _audio, _settled
    cdef Recording _recording, _timeline
    cdef str _prefix
    cdef long long _bytes, _waiting, _stored, _failed, _ended_ms
    cdef bint _is_closed

    @cython.locals(recording=Recording)
    cpdef hear(self, bytes audio, object timestamp_ms, long long now_ms)
    @cython.locals(recording=Recording)
    cpdef sent(self, bytes audio, long long now_ms)
    @cython.locals(recording=Recording)
    cpdef marked(self, str name)
    @cython.locals(recording=Recording)
    cpdef cleared(self, long long now_ms)
    @cython.locals(recording=Recording)
    cpdef played(self, str name, long long now_ms)
    cpdef from_caller(self, object event, long long now_ms)
    cpdef to_caller(self, object message, long long now_ms)

    cdef _take(self, Recording recording)
