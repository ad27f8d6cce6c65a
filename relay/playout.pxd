cdef class Playout:
    cdef public object _lead_ms, _audio, _bytes_per_ms, _generation, _items, _pending, _marked_ms, _ends_ms, _is_held, _unsent_bytes, sent_bytes, envelope
    cpdef list feed(self, long long now_ms)
    cpdef object due_ms(self, long long now_ms)
    cpdef bint passes(self, str name, long long now_ms) except -1
    cpdef bint is_overdue(self, long long now_ms) except -1
