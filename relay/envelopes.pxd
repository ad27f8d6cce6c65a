# The C form of envelopes.py: told of every message that is played, asked every 40 ms while both speak.
cimport cython


cdef long long PLAYED_KEPT_MS


@cython.final
cdef class CallerEnvelope:
    cdef object _audio
    cdef long long _frames
    cdef long long _seen_bytes
    cdef bytes _rest
    cdef readonly list values

    @cython.locals(frame_bytes=cython.longlong, new=cython.longlong, heard=bytes, whole=cython.longlong, fresh=list)
    cpdef Py_ssize_t catch_up(self) except -1


@cython.final
cdef class _Played:
    cdef public long long start_ms
    cdef public bytes audio
    cdef public list levels


@cython.final
cdef class AgentEnvelope:
    cdef object _format
    cdef long long _bytes_per_ms
    cdef list _played
    cdef readonly long long ends_ms

    @cython.locals(oldest=_Played)
    cpdef add(self, long long start_ms, bytes audio)
    cpdef cut(self, long long now_ms)
    @cython.locals(heard=list, from_ms=cython.longlong, frame_ms=cython.longlong, index=cython.longlong, played=_Played)
    cpdef list values(self, long long until_ms, long long frames)
