# The C types of caller_audio.py in its compiled form.
cdef class CallerAudio:
    cdef public long long latest_ms, sample_due_ms
    cdef public object spoke_ms, format
    cdef public bint was_mid_sentence
    cdef readonly Py_ssize_t received_bytes
    cdef bytearray _kept, _recent
    cdef Py_ssize_t _most_recent_bytes, _surplus_bytes, _open_until_bytes
    cdef bint _in_sentence

    cpdef add(self, bytes audio, long long now_ms)
    cpdef keep(self, bytes audio, long long now_ms)
    cpdef bint give(self, bytes audio, long long now_ms) except -1
