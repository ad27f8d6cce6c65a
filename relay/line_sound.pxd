# The C types of line_sound.py in its compiled form: every 40 ms while both speak.
cimport cython

cdef double ABOVE_ECHO, NO_SPREAD

@cython.locals(found=list, is_on=bint, index=Py_ssize_t, value=double)
cpdef list sound(list values, double begins, double goes_on, list echo)
@cython.locals(run=Py_ssize_t, quiet=Py_ssize_t, gap=Py_ssize_t, ended=Py_ssize_t, total=Py_ssize_t, index=Py_ssize_t)
cpdef measure(list found, Py_ssize_t utterance)
@cython.locals(factor=double, loudest=double, most=list, index=Py_ssize_t, lag=Py_ssize_t)
cpdef list most_echo(list agent, echo)
@cython.locals(
    count=Py_ssize_t, lags=Py_ssize_t, heard="double[::1]", said="double[::1]", mean=double, power=double, total=double,
    energy=double, likeness=double, gain=double, lag=Py_ssize_t, start=Py_ssize_t, gone=double, come=double,
    spread=double, product=double, index=Py_ssize_t, like=double
)
cpdef find_echo(list caller, list agent)
