# What the C compiler adds to ring.py: the two accesses by which kernel and reader hand a block to each other.
cdef extern from * nogil:
    """
    static unsigned int load_acquire(const unsigned char *at) {
        return __atomic_load_n((const unsigned int *)at, __ATOMIC_ACQUIRE);
    }
    static void store_release(unsigned char *at, unsigned int value) {
        __atomic_store_n((unsigned int *)at, value, __ATOMIC_RELEASE);
    }
    """
    unsigned int load_acquire(const unsigned char *at)
    void store_release(unsigned char *at, unsigned int value)
