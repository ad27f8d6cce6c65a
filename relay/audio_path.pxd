# The C types of audio_path.py in its compiled form.
cimport cython

from relay.caller_audio cimport CallerAudio
from relay.ear cimport Ear
from relay.pace cimport Pace
from relay.sockets cimport ShortWay, Socket
from relay.tap cimport Tap
from relay.twilio_media cimport MediaReader

cdef class AudioPath(ShortWay):
    cdef public Socket socket
    cdef public Tap tap
    cdef object _call, _hearing, _client, _onlookers, _receive, _on_disorder, _on_bug
    cdef Pace _pace
    cdef CallerAudio _audio
    cdef MediaReader _reader
    cdef Ear _ear
    cdef object _sequence  # a peer may count to any number

    cpdef bint takes(self, bytes message) except -1
    @cython.locals(payload=bytes, audio=bytes, now_ms=cython.longlong, engine_hears=bint)
    cpdef hear(self, tuple frame)
    cpdef bint adds(self, str item_id, bytes audio) except -1
    @cython.locals(messages=list, now_ms=cython.longlong)
    cpdef tick(self)
    cpdef send(self, object message, long long now_ms)
    @cython.locals(now_ms=cython.longlong)
    cpdef bint passes(self, str mark) except -1
