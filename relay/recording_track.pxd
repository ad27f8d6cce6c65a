# The C types of recording_track.py in its compiled form. What is not named here is Python in both forms.
cimport cython


@cython.final
cdef class Track:
    cdef long long _piece, _base
    cdef bytes _silence
    cdef object _pieces
    cdef readonly long long end
    cdef readonly object late

    @cython.locals(last=bytearray)
    cpdef write(self, long long at, bytes audio)
