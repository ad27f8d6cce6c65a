# The C types of recording_track.py in its compiled form. What is not named here is Python in both forms.
cimport cython


@cython.final
cdef class Track:
    cdef bytes _silence
    cdef list _pieces
    cdef long long _base
    cdef readonly long long end
    cdef readonly object late

    cpdef write(self, long long at, bytes audio)
    cdef _write_apart(self, long long at, bytes audio)
    @cython.locals(whole=bytes, cut_to=cython.longlong)
    cpdef bytes cut(self, long long size)
