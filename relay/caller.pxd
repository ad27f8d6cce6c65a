# The C form of what is made many times a second; the other classes are ordinary ones in either form.
cimport cython


@cython.final
cdef class Media:
    cdef readonly bytes audio
    cdef readonly object timestamp_ms


@cython.final
cdef class Mark:
    cdef readonly str name


@cython.final
cdef class SendMedia:
    cdef readonly bytes audio


@cython.final
cdef class SendMark:
    cdef readonly str name
    cdef readonly str item_id
    cdef readonly object ms
