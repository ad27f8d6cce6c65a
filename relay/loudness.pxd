# The C types of loudness.py in its compiled form: ten samples a second, and around an interruption every frame.
cimport cython

cdef bytes _MAGNITUDES
cdef double _LOUDEST

cpdef double level(bytes audio, object audio_format) except -1
@cython.locals(size=Py_ssize_t, frame=Py_ssize_t, start=Py_ssize_t)
cpdef list by_frame(bytes audio, object audio_format)
@cython.locals(total=Py_ssize_t, index=Py_ssize_t)
cdef double _mean(bytes ulaw, Py_ssize_t start, Py_ssize_t end) except -1
