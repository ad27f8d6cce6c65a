cdef class Tap:
    cdef object _writer, _recording, _timeline, _audio, _settled
    cdef list _passed
    cdef str _prefix
    cdef long long _bytes, _waiting, _stored, _failed, _ended_ms
    cdef bint _is_closed
    cpdef hear(self, bytes audio, object timestamp_ms, long long now_ms)
