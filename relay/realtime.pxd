# The C form of what is made many times a second; the other classes are ordinary ones in either form.
cimport cython


@cython.final
cdef class AudioDelta:
    cdef readonly str response_id
    cdef readonly str item_id
    cdef readonly object content_index
    cdef readonly bytes audio
