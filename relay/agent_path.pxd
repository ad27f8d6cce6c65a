# The C types of agent_path.py in its compiled form.
cimport cython

from relay.audio_path cimport AudioPath
from relay.realtime_media cimport DeltaReader
from relay.sockets cimport ShortWay

cdef class AgentPath(ShortWay):
    cdef AudioPath _audio
    cdef DeltaReader _reader

    @cython.locals(item_id=str, audio=bytes, delta=tuple)
    cpdef bint takes(self, bytes message) except -1
