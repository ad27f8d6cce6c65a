# The C types of onlookers.py in its compiled form.

cdef class Onlookers:
    cdef object _log, _stages, _trace
    cpdef see(self, object passing, long long now_ms)
